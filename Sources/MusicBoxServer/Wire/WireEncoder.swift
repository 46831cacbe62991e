import FoundationEssentials
import MusicBox
import MusicBoxAPI
import MusicLibrary
import NFC
import NIOCore

/// From the box's events to those of the wire (contract, section 4). Each is encoded once for everybody. One event of the
/// box may be told under several names, but only one of them is ever sent again: it is the one with the number.
struct WireEncoder {
    private var list = PlaylistListEncoder()

    mutating func events(for sequenced: SequencedEvent) throws -> [WireEvent] {
        let event = StateWriter(sequenced)
        let seq = sequenced.serverSeq
        switch sequenced.event {
        case .player(let player): return [try event.state(EventName.statePlayer, PlayerState(player, serverSeq: seq))]
        case .position(let position): return [try event.volatile(EventName.stateTrackPosition, TrackPosition(position))]
        case .volume(let volume, let muted):
            return [try event.state(EventName.stateVolumeChanged, VolumeState(volume: volume, muted: muted))]
        case .playlists(let playlists):
            return [event.state(EventName.statePlaylists, json: try list.data(playlists, serverSeq: seq))]
        case .playlistCreated(let playlist):
            let change = PlaylistChange(playlist.summary, operation: "create", serverSeq: seq)
            return [try event.state(EventName.statePlaylistCreated, change, about: .init(playlist.summary))]
        case .playlistUpdated(let summary):
            let change = PlaylistChange(summary, operation: "update", serverSeq: seq)
            return [try event.state(EventName.statePlaylistUpdated, change, about: .init(summary))]
        case .playlist(let playlist):
            return [
                try event.state(
                    EventName.statePlaylist,
                    MusicBoxAPI::Playlist(playlist, serverSeq: seq),
                    about: .init(playlist.summary),
                    to: [RoomName.playlist(playlist.id)]
                )
            ]
        case .playlistDeleted(let id):
            // Also to those who look at this playlist alone: nobody else would tell them.
            return [
                try event.state(
                    EventName.statePlaylistDeleted,
                    PlaylistDeletion(playlistID: id),
                    about: .init(id: id),
                    to: [RoomName.playlists, RoomName.playlist(id)]
                )
            ]
        case .trackAdded(let track, let playlistSeq):
            let addition = TrackAddition(playlistID: track.playlistID, track: .init(track, serverSeq: seq))
            let playlist = WireEvent.PlaylistReference(id: track.playlistID, seq: playlistSeq)
            return [try event.state(EventName.stateTrackAdded, addition, about: playlist)]
        case .trackChanged(let track, let playlistSeq):
            return [
                try event.state(
                    EventName.stateTrack,
                    MusicBoxAPI::Track(track, serverSeq: seq),
                    about: .init(id: track.playlistID, seq: playlistSeq),
                    to: [RoomName.playlist(track.playlistID)]
                )
            ]
        case .tracksDeleted(let playlistID, let numbers, let ids, let playlistSeq):
            let deletion = TrackDeletion(playlistID: playlistID, trackNumbers: numbers, trackIDs: ids)
            let playlist = WireEvent.PlaylistReference(id: playlistID, seq: playlistSeq)
            return [try event.state(EventName.stateTrackDeleted, deletion, about: playlist)]
        case .upload(let upload): return [try event.upload(upload)]
        case .download(let download): return [try event.download(download, serverSeq: seq)]
        case .association(let session):
            return [
                try event.numbered(EventName.nfcStatus, AssociationStatus(session, serverSeq: seq), to: [RoomName.nfc]),
                try event.plain(EventName.nfcAssociationState, AssociationNews(session, serverSeq: seq), to: .everyone),
            ]
        case .tagScanned(let tag, let playlistID):
            let scan = TagScan(tagID: tag.description, known: playlistID != nil, playlistID: playlistID)
            return [try event.plain(EventName.tagScanned, scan, to: .rooms([RoomName.nfc]))]
        case .health(let report, let part):
            let audience = WireEvent.Audience.rooms([RoomName.playlists])
            let health = Health(report, timestampMs: sequenced.timestampMs)
            let failure = HealthFailure(report, part: part, timestampMs: sequenced.timestampMs)
            return try [event.plain(EventName.healthStatus, health, to: audience)]
                + (failure.map { [try event.plain(EventName.healthError, $0, to: audience)] } ?? [])
        case .operation(let report):
            let name = report.isSuccess ? EventName.ackOperation : EventName.errorOperation
            return [
                WireEvent(name: name, audience: .rooms([RoomName.playlists]), json: ByteBuffer(bytes: report.json))
            ]
        }
    }

    /// The present state as a client gets it when it comes: the form of an event under the newest number, but none.
    mutating func snapshot(of event: BoxEvent, at moment: Moment) throws -> WireEvent {
        let sequenced = SequencedEvent(
            event: event,
            serverSeq: moment.serverSeq,
            timestampMs: moment.timestampMs,
            eventID: "snapshot-" + String(UInt64.random(in: .min ... .max), radix: 16)
        )
        // What comes first is what the rooms hear.
        return try events(for: sequenced)[0]
    }
}

/// A moment of the box: the newest number and the time, milliseconds since 1970.
struct Moment: Sendable {
    var serverSeq: Int
    var timestampMs: Int
}
