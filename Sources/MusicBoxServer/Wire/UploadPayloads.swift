import MusicBox
import MusicBoxAPI
import MusicLibrary

/// `upload:progress`; `progress` is 0...100.
struct UploadProgress: Encodable {
    var playlistID: String
    var sessionID: String
    var chunkIndex: Int
    var progress: Double
    var complete: Bool

    enum CodingKeys: String, CodingKey {
        case progress, complete
        case playlistID = "playlist_id"
        case sessionID = "session_id"
        case chunkIndex = "chunk_index"
    }
}

/// `upload:complete`; `tracks` has more than one where an archive was sent, `track` is the first of them.
struct UploadCompletion: Encodable {
    var playlistID: String
    var sessionID: String
    var filename: String
    var metadata: UploadMetadata
    var track: MusicBoxAPI::Track
    var tracks: [MusicBoxAPI::Track]

    enum CodingKeys: String, CodingKey {
        case filename, metadata, track, tracks
        case playlistID = "playlist_id"
        case sessionID = "session_id"
    }
}

/// What the file says of itself; `duration_ms` in milliseconds, `sample_rate` in Hz. Null for what it does not say.
struct UploadMetadata: Encodable {
    var content: ProbedFile

    /// Milliseconds.
    struct Chapter: Encodable {
        var chapter: ProbedFile.Chapter

        enum CodingKeys: String, CodingKey {
            case title
            case startMs = "start_ms"
            case endMs = "end_ms"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(chapter.title, forKey: .title)
            try container.encode(chapter.startMs, forKey: .startMs)
            try container.encode(chapter.endMs, forKey: .endMs)
        }
    }

    enum CodingKeys: String, CodingKey {
        case title, artist, album, codec, channels, chapters
        case durationMs = "duration_ms"
        case trackNumber = "track_number"
        case sampleRate = "sample_rate"
        case hasCover = "has_cover"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(content.title, forKey: .title)
        try container.encode(content.artist, forKey: .artist)
        try container.encode(content.album, forKey: .album)
        try container.encode(content.durationMs, forKey: .durationMs)
        try container.encode(content.trackNumber, forKey: .trackNumber)
        try container.encode(content.codec, forKey: .codec)
        try container.encode(content.sampleRate, forKey: .sampleRate)
        try container.encode(content.channels, forKey: .channels)
        try container.encode(content.cover != nil, forKey: .hasCover)
        try container.encode(content.chapters.map { Chapter(chapter: $0) }, forKey: .chapters)
    }
}

/// `upload:error`.
struct UploadFailure: Encodable {
    var playlistID: String
    var sessionID: String
    var error: String

    enum CodingKeys: String, CodingKey {
        case error
        case playlistID = "playlist_id"
        case sessionID = "session_id"
    }
}

extension StateWriter {
    /// News of an upload: to those who look at its playlist, and to all who look at the list.
    func upload(_ upload: UploadEvent) throws -> WireEvent {
        let audience = WireEvent.Audience.rooms([RoomName.playlist(upload.playlistID), RoomName.playlists])
        switch upload.kind {
        case .progress(let chunk, let percent, let isWhole):
            let progress = UploadProgress(
                playlistID: upload.playlistID,
                sessionID: upload.sessionID,
                chunkIndex: chunk,
                progress: percent,
                complete: isWhole
            )
            return try plain(EventName.uploadProgress, progress, to: audience)
        case .complete(let tracks, let content):
            let wire = tracks.map { MusicBoxAPI::Track($0, serverSeq: sequenced.serverSeq) }
            let completion = UploadCompletion(
                playlistID: upload.playlistID,
                sessionID: upload.sessionID,
                filename: upload.filename,
                metadata: UploadMetadata(content: content),
                track: wire[0],
                tracks: wire
            )
            return try plain(EventName.uploadComplete, completion, to: audience)
        case .failed(let message):
            let failure = UploadFailure(playlistID: upload.playlistID, sessionID: upload.sessionID, error: message)
            return try plain(EventName.uploadError, failure, to: audience)
        }
    }
}
