public import NIOCore

/// A client of bare Engine.IO: see ``SocketIOServer/addEngineIOEndpoint(path:onMessage:)``.
public struct EngineIOClient: Sendable {
    private let session: Session

    init(_ session: Session) {
        self.session = session
    }

    /// The session's id. Who knows it speaks for the client.
    public var sid: String { session.id }

    /// Sends a message. Any thread; messages of one caller arrive in order.
    public func send(_ message: EngineIOMessage) {
        let outbound =
            switch message {
            case .text(let text):
                OutboundMessage(
                    frame: WebSocketFrame.make(.text, capacity: text.readableBytes + 1) { buffer in
                        buffer.writeInteger(UInt8(ascii: "4"))
                        buffer.writeImmutableBuffer(text)
                    }
                )
            case .binary(let bytes): OutboundMessage(binary: bytes)
            }
        session.lane.post(.message(outbound, to: session))
    }

    /// Ends the session.
    public func close() {
        session.lane.post(.perform { [session] in session.close(.serverDisconnect) })
    }
}

/// A message of Engine.IO.
public enum EngineIOMessage: Sendable, Equatable {
    /// Valid UTF-8.
    case text(ByteBuffer)
    case binary(ByteBuffer)
}

/// A path for bare Engine.IO.
struct BareEndpoint: Sendable {
    let onMessage: @Sendable (EngineIOClient, EngineIOMessage) -> Void
}

/// A client whose messages mean nothing to this library.
final class BareDialect: Dialect {
    private let endpoint: BareEndpoint

    init(endpoint: BareEndpoint) {
        self.endpoint = endpoint
    }

    func opened(_ session: Session) {}

    func received(text: ByteBuffer, on session: Session) {
        endpoint.onMessage(EngineIOClient(session), .text(text))
    }

    func received(binary: ByteBuffer, on session: Session) {
        endpoint.onMessage(EngineIOClient(session), .binary(binary))
    }

    func closed(_ reason: DisconnectReason, _ session: Session) {}
}
