import FoundationEssentials

/// Something that a search on the video site found.
package struct SearchResult: Sendable, Equatable {
    package var id: String
    package var title: String
    package var url: String
    package var channel: String?
    package var durationSeconds: Double?
    package var thumbnailURL: String?

    /// - Parameter line: one JSON object as `yt-dlp --dump-json` prints it; nil when it is none of a video.
    init?(json line: String) {
        guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(line.utf8)), !entry.id.isEmpty else {
            return nil
        }
        id = entry.id
        title = entry.title ?? entry.id
        url = entry.webpageURL ?? entry.url ?? "https://www.youtube.com/watch?v=\(entry.id)"
        channel = entry.channel ?? entry.uploader
        durationSeconds = entry.duration
        thumbnailURL = entry.thumbnail ?? entry.thumbnails?.last?.url
    }

    private struct Entry: Decodable {
        struct Thumbnail: Decodable {
            var url: String
        }

        var id: String
        var title: String?
        var url: String?
        var webpageURL: String?
        var channel: String?
        var uploader: String?
        var duration: Double?
        var thumbnail: String?
        var thumbnails: [Thumbnail]?

        enum CodingKeys: String, CodingKey {
            case id, title, url, channel, uploader, duration, thumbnail, thumbnails
            case webpageURL = "webpage_url"
        }
    }
}
