import MusicBoxAPI
import NIOCore

/// Listens to the box until it is cancelled, and comes back when the connection is lost.
actor Watcher {
    private static let rooms = [EventName.joinPlaylists, EventName.joinNFC]

    private let client: SocketClient
    private var display: WatchDisplay
    private var backoff = Backoff()
    private var wasConnected = false

    init(client: SocketClient, console: Console) {
        self.client = client
        display = WatchDisplay(console: console)
    }

    /// - Throws: `CtlError` when the very first connection fails: a wrong address does not get better by waiting;
    ///   `CancellationError` at the end.
    func run() async throws {
        defer { display.end() }
        while true {
            let reason: CtlError
            do {
                try await client.withConnection { events, outbound in
                    for try await event in events {
                        for answer in try await self.receive(event) { try await outbound.write(answer) }
                    }
                }
                reason = failure(SocketFailure.closed)
            } catch {
                reason = failure(error)
            }
            try Task.checkCancellation()
            guard wasConnected else { throw reason }
            let delay = backoff.next()
            display.lost(reason.what, retryIn: delay)
            try await Task.sleep(for: delay)
        }
    }

    /// Returns the packets to answer with.
    private func receive(_ event: SocketEvent) throws -> [String] {
        switch event {
        case .connected:
            wasConnected = true
            backoff.reset()
            return Self.rooms.map { SocketPacket.text(event: $0, payload: [:]) }
        case .event(let name, let payload):
            try display.show(event: name, payload: payload)
            return []
        }
    }

    private func failure(_ error: any Error) -> CtlError {
        guard let failure = error as? SocketFailure else {
            return ConnectionFailure(error, server: client.server, timeout: client.timeout).ctlError
        }
        return CtlError(
            failure == .silent ? .temporary : .unreachable,
            "no events from \(client.server), \(failure)",
            remedy: "is it a musicboxd, and well? musicboxctl health"
        )
    }
}
