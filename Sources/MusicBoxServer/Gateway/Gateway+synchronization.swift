import MusicBox
import MusicBoxAPI
import MusicLibrary
import SocketIO

/// What a client missed while it was away.
extension Gateway {
    mutating func addSynchronization() {
        on(EventName.syncRequest) { [self] client, payload in
            let request = try payload.decode(SyncRequest.self)
            let (completion, failed) = try await broadcaster.inOrder { box -> [String: Int] in
                guard request.lastPlaylistSeqs?.isEmpty == false else { return [:] }
                let playlists = try await box.library.playlists()
                return Dictionary(playlists.map { ($0.id, $0.playlistSeq) }) { first, _ in first }
            } then: { broadcaster, playlistSeqs, moment in
                let (synced, failed) = broadcaster.replay(request, playlistSeqs: playlistSeqs, to: client, at: moment)
                let completion = SyncCompletion(syncedRooms: synced, serverSeq: moment.serverSeq)
                if failed.isEmpty || !synced.isEmpty { emit(EventName.syncComplete, completion, to: client) }
                return (completion, failed)
            }
            return failed.isEmpty ? completion : try await sendSnapshots(of: failed, to: client)
        }
    }

    private func sendSnapshots(of rooms: [String], to client: any Client) async throws -> Answer {
        try await broadcaster.inOrder { box in
            var state: [BoxEvent] = []
            for room in rooms { state += try await Picture.room(room, of: box) }
            return state
        } then: { broadcaster, state, moment in
            let failure = SyncFailure(
                error: "what was missed cannot be sent again: the present state follows",
                requestedRooms: rooms,
                serverSeq: moment.serverSeq
            )
            emit(EventName.syncError, failure, to: client)
            broadcaster.send(state, to: client, at: moment)
            return failure
        }
    }
}
