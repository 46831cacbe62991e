import FoundationEssentials
import MusicLibrary

@testable import MusicBox

extension Playlist {
    /// A playlist `id` with tracks `id-1`, `id-2`, ... that last `durationsMs`; files `id/1.mp3`, ...
    static func sample(_ id: String, durationsMs: [Int?] = [60_000, 60_000, 60_000]) -> Playlist {
        Playlist.sample(id, tracks: durationsMs.indices.map { .sample(id, $0 + 1, durationMs: durationsMs[$0]) })
    }

    static func sample(_ id: String, tracks: [Track]) -> Playlist {
        let summary = PlaylistSummary(
            id: id,
            title: "Title of \(id)",
            description: "",
            tags: [],
            trackCount: tracks.count,
            totalDurationMs: tracks.compactMap(\.durationMs).reduce(0, +),
            createdAt: Date(timeIntervalSince1970: 0),
            updatedAt: Date(timeIntervalSince1970: 0),
            playlistSeq: 1
        )
        return Playlist(summary: summary, tracks: tracks)
    }
}

extension Track {
    static func sample(_ playlistID: String, _ number: Int, durationMs: Int? = 60_000) -> Track {
        Track(
            id: "\(playlistID)-\(number)",
            playlistID: playlistID,
            number: number,
            title: "Track \(number)",
            filename: "\(number).mp3",
            filePath: "\(playlistID)/\(number).mp3",
            durationMs: durationMs,
            artist: nil,
            album: nil,
            fileHash: nil,
            fileSize: 1,
            playCount: 0,
            createdAt: Date(timeIntervalSince1970: 0),
            updatedAt: Date(timeIntervalSince1970: 0),
            coverPath: nil
        )
    }
}

extension NewTrack {
    static func sample(_ name: String, durationMs: Int? = 60_000) -> NewTrack {
        NewTrack(
            title: name,
            filename: name + ".mp3",
            filePath: "tunes/\(name).mp3",
            durationMs: durationMs,
            fileSize: 1
        )
    }
}

/// SplitMix64: small, and the same sequence for the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// True once in `count` times.
    mutating func once(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}
