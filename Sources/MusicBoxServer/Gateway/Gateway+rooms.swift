import MusicBox
import MusicBoxAPI
import MusicLibrary
import SocketIO

/// Joining and leaving rooms.
extension Gateway {
    mutating func addRooms() {
        on(EventName.joinPlaylists) { [self] client, _ in
            let answer = try await join(client, RoomName.playlists) { try await Picture.playlists(of: $0) }
            await box.audienceCame()
            return answer
        }
        on(EventName.joinNFC) { [self] client, _ in
            try await join(client, RoomName.nfc) { Picture.nfc(of: $0) }
        }
        on(EventName.joinPlaylist) { [self] client, payload in
            let id = try payload.decode(PlaylistReference.self).playlistID
            return try await broadcaster.inOrder { box in
                try await Picture.playlist(id, of: box)
            } then: { broadcaster, playlist, moment in
                let room = RoomName.playlist(id)
                let refusal: String? =
                    if let playlist {
                        broadcaster.admit(client, to: room, [.playlist(playlist)], at: moment)
                            ? nil : Self.tooManyRooms
                    } else {
                        "there is no playlist \(id)"
                    }
                let acknowledgement = RoomAcknowledgement(
                    room: room,
                    serverSeq: moment.serverSeq,
                    playlistID: id,
                    playlistSeq: refusal == nil ? playlist?.summary.playlistSeq : nil,
                    refusal: refusal
                )
                emit(EventName.ackJoin, acknowledgement, to: client)
                return acknowledgement
            }
        }
        on(EventName.leavePlaylists) { [self] client, _ in try await leave(client, RoomName.playlists) }
        on(EventName.leaveNFC) { [self] client, _ in try await leave(client, RoomName.nfc) }
        on(EventName.leavePlaylist) { [self] client, payload in
            let id = try payload.decode(PlaylistReference.self).playlistID
            return try await leave(client, RoomName.playlist(id), playlistID: id)
        }
    }

    private static let tooManyRooms = "you are in too many rooms: leave one first"

    private func join(
        _ client: any Client,
        _ room: String,
        _ read: @escaping @Sendable (isolated MusicBox) async throws -> [BoxEvent]
    ) async throws -> Answer {
        try await broadcaster.inOrder(read) { broadcaster, state, moment in
            let isIn = broadcaster.admit(client, to: room, state, at: moment)
            let acknowledgement = RoomAcknowledgement(
                room: room,
                serverSeq: moment.serverSeq,
                refusal: isIn ? nil : Self.tooManyRooms
            )
            emit(EventName.ackJoin, acknowledgement, to: client)
            return acknowledgement
        }
    }

    private func leave(_ client: any Client, _ room: String, playlistID: String? = nil) async throws -> Answer {
        try await broadcaster.inOrder { _ in
        } then: { broadcaster, _, moment in
            broadcaster.dismiss(client, from: room)
            let acknowledgement = RoomAcknowledgement(room: room, serverSeq: moment.serverSeq, playlistID: playlistID)
            emit(EventName.ackLeave, acknowledgement, to: client)
            return acknowledgement
        }
    }
}
