import Hummingbird
import MusicBox
import MusicBoxAPI
import MusicLibrary

/// `/api/playlists`: the tracks in them.
struct TrackRoutes: Sendable {
    let api: API
    let uploads: UploadStore
    private var box: MusicBox { api.box }

    func add(to group: RouteTable) {
        group.post(":id/reorder") { request, context in
            let (id, body) = (try context.parameter("id"), try await request.json(Commanded<TrackOrder>.self))
            return try await api.perform(body.clientOpID, "tracks reordered") {
                let playlist = try await box.reorderTracks(in: id, order: body.payload.order)
                return PlaylistReply(playlist, serverSeq: box.hub.currentSeq)
            }
        }
        group.delete(":id/tracks") { request, context in
            let (id, body) = (try context.parameter("id"), try await request.json(Commanded<TrackSelection>.self))
            let draft = OperationDraft { _, _ in TrackDeletion(playlistID: id, body.payload.tracks) }
            return try await api.perform(body.clientOpID, "tracks deleted", draft: draft) {
                let (removed, orphans) = try await box.removeTracks(body.payload.tracks, from: id)
                await uploads.delete(orphans)
                return TrackDeletion(playlistID: id, trackNumbers: removed.map(\.number), trackIDs: removed.map(\.id))
            }
        }
        group.put(":id/tracks/:track_id") { request, context in
            let (id, trackID) = (try context.parameter("id"), try context.parameter("track_id"))
            let body = try await request.json(Commanded<TrackEdit>.self)
            let edit = body.payload
            guard edit.title != nil || edit.artist != nil || edit.album != nil else {
                throw APIFailure(.validation, "title, artist or album is missing")
            }
            return try await api.perform(body.clientOpID, "track updated") {
                let track = try await box.updateTrack(
                    id: trackID,
                    in: id,
                    title: edit.title,
                    artist: edit.artist,
                    album: edit.album
                )
                return TrackReply(track: .init(track, serverSeq: box.hub.currentSeq))
            }
        }
        group.post("move-track") { request, _ in try await move(request, from: nil) }
        group.post(":id/move-track") { request, context in try await move(request, from: try context.parameter("id")) }
    }

    private func move(_ request: Request, from pathID: String?) async throws -> Response {
        let body = try await request.json(Commanded<TrackMove>.self)
        let move = body.payload
        guard let sourceID = move.sourceID ?? pathID else {
            throw APIFailure(.validation, "source_playlist_id is missing")
        }
        guard pathID == nil || pathID == sourceID else {
            throw APIFailure(.validation, "source_playlist_id is not the playlist of the path")
        }
        let moved: @Sendable (MusicLibrary::Track, Int) -> MovedTrack = { track, seq in
            MovedTrack(sourceID: sourceID, targetID: move.targetID, track: .init(track, serverSeq: seq))
        }
        let draft = OperationDraft { edit, seq in (edit as? MusicLibrary::Track).map { moved($0, seq) } }
        return try await api.perform(body.clientOpID, "track moved", draft: draft) {
            let track = try await box.moveTrack(move.track, from: sourceID, to: move.targetID, position: move.position)
            return moved(track, box.hub.currentSeq)
        }
    }
}

extension TrackReference: Decodable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
            self = .number(number)
        } else if let name = try? container.decode(String.self) {
            self = .name(name)
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a track is a number or a text")
        }
    }
}

/// The body of POST `/playlists/{id}/reorder`; under either name ids, numbers or file names.
struct TrackOrder: Decodable, Sendable {
    var order: [TrackReference]

    enum CodingKeys: String, CodingKey {
        case trackOrder = "track_order"
        case trackIDs = "track_ids"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        order =
            try container.decodeIfPresent([TrackReference].self, forKey: .trackOrder)
            ?? container.decodeIfPresent([TrackReference].self, forKey: .trackIDs)
            ?? container.decode([TrackReference].self, forKey: .trackOrder)
    }
}

/// The body of DELETE `/playlists/{id}/tracks`.
struct TrackSelection: Decodable, Sendable {
    var tracks: [TrackReference]

    enum CodingKeys: String, CodingKey {
        case trackNumbers = "track_numbers"
        case trackIDs = "track_ids"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        tracks =
            try container.decodeIfPresent([TrackReference].self, forKey: .trackNumbers)
            ?? container.decodeIfPresent([TrackReference].self, forKey: .trackIDs)
            ?? container.decode([TrackReference].self, forKey: .trackNumbers)
        guard !tracks.isEmpty else { throw APIFailure(.validation, "no track is named") }
    }
}

/// The body of PUT `/playlists/{id}/tracks/{track_id}`: what is left out stays, an empty artist or album goes.
struct TrackEdit: Decodable, Sendable {
    var title: String?
    var artist: String?
    var album: String?
}

/// The body of both move-track routes; `target_position` counts from 1, without it the end is meant.
struct TrackMove: Decodable, Sendable {
    var sourceID: String?
    var targetID: String
    var track: TrackReference
    var position: Int?

    enum CodingKeys: String, CodingKey {
        case sourceID = "source_playlist_id"
        case targetID = "target_playlist_id"
        case trackNumber = "track_number"
        case trackID = "track_id"
        case position = "target_position"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        sourceID = try container.decodeIfPresent(String.self, forKey: .sourceID)
        targetID = try container.decode(String.self, forKey: .targetID)
        track =
            try container.decodeIfPresent(TrackReference.self, forKey: .trackID)
            ?? .number(container.decode(Int.self, forKey: .trackNumber))
        position = try container.decodeIfPresent(Int.self, forKey: .position)
    }
}

/// A track both flat and under `track`, as clients of either habit expect it.
struct TrackReply: Encodable {
    var track: MusicBoxAPI::Track

    enum CodingKeys: String, CodingKey {
        case track
    }

    func encode(to encoder: any Encoder) throws {
        try track.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(track, forKey: .track)
    }
}

/// `data` of the reply to a move.
struct MovedTrack: Encodable {
    var sourceID: String
    var targetID: String
    var track: MusicBoxAPI::Track

    enum CodingKeys: String, CodingKey {
        case track
        case sourceID = "source_playlist_id"
        case targetID = "target_playlist_id"
    }
}
