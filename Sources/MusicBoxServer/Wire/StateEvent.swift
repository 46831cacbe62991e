import FoundationEssentials
import MusicBox
import MusicBoxAPI
import MusicLibrary
import NFC
import NIOCore

/// The envelope of every `state:*` event (contract, section 2).
struct StateEnvelope<Payload: Encodable>: Encodable {
    var eventType: String
    var serverSeq: Int
    var data: Payload
    var timestamp: Int
    var eventID: String
    var playlistID: String?
    var playlistSeq: Int?

    enum CodingKeys: String, CodingKey {
        case data, timestamp
        case eventType = "event_type"
        case serverSeq = "server_seq"
        case eventID = "event_id"
        case playlistID = "playlist_id"
        case playlistSeq = "playlist_seq"
    }
}

/// An event ready for the wire: its name, the rooms that hear it and its payload as JSON text.
struct WireEvent: Sendable {
    var name: String
    var rooms: [String]
    var json: ByteBuffer
    /// Only the newest of its name is worth anything.
    var isVolatile = false

    /// Encodes once for everybody; one event of the box may be told in several rooms under several names.
    static func events(for sequenced: SequencedEvent) throws -> [WireEvent] {
        let seq = sequenced.serverSeq
        func state(
            _ name: String,
            _ payload: some Encodable,
            playlist: PlaylistReference? = nil,
            rooms: [String] = [RoomName.playlists],
            suffix: String = ""
        ) throws -> WireEvent {
            let envelope = StateEnvelope(
                eventType: name,
                serverSeq: seq,
                data: payload,
                timestamp: sequenced.timestampMs,
                eventID: sequenced.eventID + suffix,
                playlistID: playlist?.id,
                playlistSeq: playlist?.seq
            )
            return WireEvent(name: name, rooms: rooms, json: try JSON.buffer(envelope))
        }
        switch sequenced.event {
        case .player(let player): return [try state(EventName.statePlayer, PlayerState(player, serverSeq: seq))]
        case .position(let position):
            var event = try state(EventName.stateTrackPosition, TrackPosition(position))
            event.isVolatile = true
            return [event]
        case .volume(let volume, let muted):
            return [try state(EventName.stateVolumeChanged, VolumeState(volume: volume, muted: muted))]
        case .playlists(let playlists):
            return [try state(EventName.statePlaylists, PlaylistList(playlists, serverSeq: seq))]
        case .playlistCreated(let playlist):
            let change = PlaylistChange(playlist, operation: "create", serverSeq: seq)
            return [try state(EventName.statePlaylistCreated, change, playlist: .init(playlist.summary))]
        case .playlistUpdated(let playlist):
            let change = PlaylistChange(playlist, operation: "update", serverSeq: seq)
            let reference = PlaylistReference(playlist.summary)
            return [
                try state(EventName.statePlaylistUpdated, change, playlist: reference),
                try state(
                    EventName.statePlaylist,
                    MusicBoxAPI::Playlist(playlist, serverSeq: seq),
                    playlist: reference,
                    rooms: [RoomName.playlist(playlist.summary.id)],
                    suffix: "-tracks"
                ),
            ]
        case .playlistDeleted(let id):
            return [
                try state(
                    EventName.statePlaylistDeleted,
                    PlaylistDeletion(playlistID: id),
                    playlist: PlaylistReference(id: id, seq: nil)
                )
            ]
        case .trackAdded(let track):
            let added = TrackAddition(playlistID: track.playlistID, track: .init(track, serverSeq: seq))
            return [
                try state(EventName.stateTrackAdded, added, playlist: PlaylistReference(id: track.playlistID, seq: nil))
            ]
        case .tagScanned(let tag, let playlistID):
            let scan = TagScan(tagID: tag.description, known: playlistID != nil, playlistID: playlistID)
            return [WireEvent(name: EventName.tagScanned, rooms: [RoomName.nfc], json: try JSON.buffer(scan))]
        case .download(let event): return [try download(event, serverSeq: seq)]
        case .health(let report):
            let health = Health(report, timestampMs: sequenced.timestampMs)
            return [
                WireEvent(name: EventName.healthStatus, rooms: [RoomName.playlists], json: try JSON.buffer(health))
            ]
        }
    }

    private static func download(_ event: DownloadEvent, serverSeq: Int) throws -> WireEvent {
        switch event {
        case .progress(let task):
            WireEvent(name: EventName.downloadProgress, rooms: everyone, json: try JSON.buffer(Download(task)))
        case .completed(let task, let track):
            WireEvent(
                name: EventName.downloadComplete,
                rooms: everyone,
                json: try JSON.buffer(DownloadCompletion(task, track: .init(track, serverSeq: serverSeq)))
            )
        case .failed(let task):
            WireEvent(
                name: EventName.downloadError,
                rooms: everyone,
                json: try JSON.buffer(DownloadError(taskID: task.id, message: task.message ?? "it failed"))
            )
        }
    }

    /// In the place of rooms: every client hears it.
    static let everyone: [String] = []

    struct PlaylistReference {
        var id: String
        var seq: Int?
    }
}
