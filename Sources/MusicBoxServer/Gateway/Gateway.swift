import FoundationEssentials
import Logging
import MusicBox
import MusicBoxAPI
import MusicLibrary
import NIOCore
import SocketIO

/// The clients' events (contract, section 3): decode, ask the box, answer. An event that is unknown or malformed is
/// answered too, never swallowed.
struct Gateway: Sendable {
    let box: MusicBox
    let logger: Logger

    func register(on namespace: Namespace) {
        namespace.onConnection { socket in
            emit(EventName.connectionStatus, connectionStatus(of: socket), to: socket)
        }
        registerRooms(on: namespace)
        registerPlayer(on: namespace)
        registerQuestions(on: namespace)
        namespace.onAny { socket, event, arguments in
            let failure = APIFailure(.validation, "this box does not know the event \"\(event)\"")
            return refuse(failure, operation: Operation(arguments), socket: socket)
        }
    }

    private func connectionStatus(of socket: Socket) -> ConnectionStatus {
        ConnectionStatus(sid: socket.id, serverSeq: box.hub.currentSeq, serverTime: box.time.wallMilliseconds)
    }

    // MARK: - Rooms

    private func registerRooms(on namespace: Namespace) {
        on(EventName.joinPlaylists, namespace) { socket, _ in
            socket.join(RoomName.playlists)
            await box.audienceCame()
            for snapshot in try await Snapshot.playlistsRoom(of: box) { try emit(snapshot, to: socket) }
            return acknowledge(EventName.ackJoin, RoomName.playlists, socket: socket)
        }
        on(EventName.leavePlaylists, namespace) { socket, _ in
            socket.leave(RoomName.playlists)
            return acknowledge(EventName.ackLeave, RoomName.playlists, socket: socket)
        }
        on(EventName.joinPlaylist, namespace) { socket, arguments in
            let id = try payload(PlaylistReference.self, of: arguments).playlistID
            let room = RoomName.playlist(id)
            guard let playlist = try await box.library.playlist(id: id) else {
                return acknowledge(EventName.ackJoin, room, socket: socket, refusal: "there is no playlist \(id)")
            }
            socket.join(room)
            let seq = box.hub.currentSeq
            let envelope = StateEnvelope(
                eventType: EventName.statePlaylist,
                serverSeq: seq,
                data: Playlist(playlist, serverSeq: seq),
                timestamp: box.time.wallMilliseconds,
                eventID: "snapshot-\(UInt64.random(in: .min ... .max))",
                playlistID: id,
                playlistSeq: playlist.summary.playlistSeq
            )
            emit(EventName.statePlaylist, envelope, to: socket)
            return acknowledge(
                EventName.ackJoin,
                room,
                socket: socket,
                playlistID: id,
                playlistSeq: playlist.summary.playlistSeq
            )
        }
        on(EventName.leavePlaylist, namespace) { socket, arguments in
            let id = try payload(PlaylistReference.self, of: arguments).playlistID
            socket.leave(RoomName.playlist(id))
            return acknowledge(EventName.ackLeave, RoomName.playlist(id), socket: socket, playlistID: id)
        }
        on(EventName.joinNFC, namespace) { socket, _ in
            socket.join(RoomName.nfc)
            return acknowledge(EventName.ackJoin, RoomName.nfc, socket: socket)
        }
        on(EventName.leaveNFC, namespace) { socket, _ in
            socket.leave(RoomName.nfc)
            return acknowledge(EventName.ackLeave, RoomName.nfc, socket: socket)
        }
    }

    /// Tells the client by event and returns the same as its acknowledgement.
    private func acknowledge(
        _ event: String,
        _ room: String,
        socket: Socket,
        playlistID: String? = nil,
        playlistSeq: Int? = nil,
        refusal: String? = nil
    ) -> any Encodable & Sendable {
        let acknowledgement = RoomAcknowledgement(
            room: room,
            success: refusal == nil,
            serverSeq: box.hub.currentSeq,
            playlistID: playlistID,
            playlistSeq: playlistSeq,
            message: refusal
        )
        emit(event, acknowledgement, to: socket)
        return acknowledgement
    }

    // MARK: - Player

    private func registerPlayer(on namespace: Namespace) {
        command(EventName.playerPlay, namespace) { _ in try await box.play() }
        command(EventName.playerPause, namespace) { _ in try await box.pause() }
        command(EventName.playerToggle, namespace) { _ in try await box.toggle() }
        command(EventName.playerStop, namespace) { _ in try await box.stop() }
        command(EventName.playerNext, namespace) { _ in try await box.next() }
        command(EventName.playerPrevious, namespace) { _ in try await box.previous() }
        command(EventName.playerSeek, namespace) { arguments in
            try await box.seek(toMs: payload(SeekRequest.self, of: arguments).positionMs)
        }
        command(EventName.playerVolume, namespace) { arguments in
            let request = try payload(VolumeRequest.self, of: arguments)
            return try await box.setVolume(try request.checkedVolume(), muted: request.muted)
        }
        command(EventName.playerStart, namespace) { arguments in
            let request = try payload(StartRequest.self, of: arguments)
            return try await box.start(playlistID: request.playlistID, trackNumber: request.trackNumber)
        }
    }

    /// A command answers with `ack:op` or `err:op` to its caller, and with the same in the acknowledgement.
    private func command(
        _ event: String,
        _ namespace: Namespace,
        _ body: @escaping @Sendable (EventArguments) async throws -> PlayerSnapshot
    ) {
        on(event, namespace) { socket, arguments in
            let operation = Operation(arguments)
            try operation.check()
            let state = PlayerState(try await body(arguments), serverSeq: box.hub.currentSeq)
            let success = OperationSuccess(clientOpID: operation.clientOpID, serverSeq: state.serverSeq, data: state)
            if operation.clientOpID != nil { emit(EventName.ackOperation, success, to: socket) }
            return success
        }
    }

    // MARK: - Questions

    private func registerQuestions(on namespace: Namespace) {
        on(EventName.requestCurrentState, namespace) { socket, _ in
            try emit(await Snapshot.player(of: box), to: socket)
            return Success()
        }
        on(EventName.clientPing, namespace) { socket, arguments in
            let ping = try payload(Ping.self, of: arguments)
            let pong = Pong(
                timestamp: ping.timestamp,
                serverTime: box.time.wallMilliseconds,
                serverSeq: box.hub.currentSeq
            )
            emit(EventName.clientPong, pong, to: socket)
            return Success()
        }
        on(EventName.healthCheck, namespace) { socket, _ in
            let health = Health(await box.diagnostics().health, timestampMs: box.time.wallMilliseconds)
            emit(EventName.healthStatus, health, to: socket)
            return Success()
        }
    }

    // MARK: - Plumbing

    private func on(
        _ event: String,
        _ namespace: Namespace,
        _ handler: @escaping @Sendable (Socket, EventArguments) async throws -> any Encodable & Sendable
    ) {
        namespace.on(event) { socket, arguments in
            do {
                return [try await handler(socket, arguments)]
            } catch {
                let failure = APIFailure(error)
                if failure.kind == .internalError {
                    logger.error("An event failed", metadata: ["event": "\(event)", "error": "\(error)"])
                }
                return refuse(failure, operation: Operation(arguments), socket: socket)
            }
        }
    }

    private func refuse(_ failure: APIFailure, operation: Operation, socket: Socket) -> [any Encodable & Sendable] {
        let refusal = OperationFailure(
            clientOpID: operation.clientOpID,
            serverSeq: box.hub.currentSeq,
            errorType: failure.kind.rawValue,
            message: failure.message
        )
        emit(EventName.errorOperation, refusal, to: socket)
        return [refusal]
    }

    /// The first argument; an absent one counts as `{}`.
    private func payload<Payload: Decodable>(_ type: Payload.Type, of arguments: EventArguments) throws -> Payload {
        do {
            let text = arguments.count > 0 ? Data(arguments[0].readableBytesView) : Data("{}".utf8)
            return try JSONDecoder().decode(type, from: text)
        } catch let error as DecodingError {
            throw APIFailure(.validation, error.forPeople)
        }
    }

    private func emit(_ event: String, _ payload: some Encodable, to socket: Socket) {
        do {
            socket.emit(event, json: try JSON.buffer(payload))
        } catch {
            logger.error("An event could not be encoded", metadata: ["event": "\(event)", "error": "\(error)"])
        }
    }

    private func emit(_ snapshot: SequencedEvent, to socket: Socket) throws {
        for wire in try WireEvent.events(for: snapshot) { socket.emit(wire.name, json: wire.json) }
    }
}
