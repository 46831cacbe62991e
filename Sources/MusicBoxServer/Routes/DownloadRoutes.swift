import HTTPTypes
import Hummingbird
import MusicBox
import MusicBoxAPI

/// `/api/youtube`: downloads from the network, and the search for something to download.
struct DownloadRoutes: Sendable {
    let api: API
    let downloads: Downloads

    private static let longestQuery = 200

    func add(to group: RouteTable) {
        group.post("download") { request, _ in
            let body = try await request.json(Commanded<DownloadRequest>.self)
            return try await api.perform(body.clientOpID, "download started", status: .accepted) {
                Download(try await downloads.start(url: body.payload.url, playlistID: body.payload.playlistID))
            }
        }
        group.get("status/:id") { _, context in
            api.success(Download(try await downloads.task(try context.parameter("id"))), "download")
        }
        group.get("tasks") { _, _ in
            api.success(DownloadList(tasks: await downloads.tasks.map { Download($0) }), "downloads")
        }
        group.delete("tasks/:id") { _, context in
            try await downloads.remove(try context.parameter("id"))
            return Response(status: .noContent)
        }
        group.get("search") { request, _ in
            let parameters = request.uri.queryParameters
            let query = (parameters["q"] ?? parameters["query"]).map { String($0).trimmed() } ?? ""
            guard !query.isEmpty, query.utf8.count <= Self.longestQuery else {
                throw APIFailure(.validation, "q must be 1 to \(Self.longestQuery) bytes")
            }
            let limit = try request.query("max_results", in: 1...25, default: 10)
            let found = try await downloads.search(query, limit: limit)
            return api.success(FoundVideos(results: found.map { FoundVideo($0) }), "found")
        }
    }
}

struct DownloadRequest: Decodable {
    var url: String
    var playlistID: String?

    enum CodingKeys: String, CodingKey {
        case url
        case playlistID = "playlist_id"
    }
}

/// `data` of GET `/youtube/search`.
struct FoundVideos: Encodable {
    var results: [FoundVideo]
}

/// One video, with the names that clients of either habit expect; `duration` in seconds.
struct FoundVideo: Encodable {
    var result: SearchResult

    init(_ result: SearchResult) { self.result = result }

    enum CodingKeys: String, CodingKey {
        case id, title, url, channel, duration, thumbnail
        case videoID = "video_id"
        case durationMs = "duration_ms"
        case thumbnailURL = "thumbnail_url"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(result.id, forKey: .id)
        try container.encode(result.id, forKey: .videoID)
        try container.encode(result.title, forKey: .title)
        try container.encode(result.url, forKey: .url)
        try container.encode(result.channel, forKey: .channel)
        try container.encode(result.durationSeconds, forKey: .duration)
        try container.encode(result.durationSeconds.map { Int($0 * 1_000) }, forKey: .durationMs)
        try container.encode(result.thumbnailURL, forKey: .thumbnail)
        try container.encode(result.thumbnailURL, forKey: .thumbnailURL)
    }
}
