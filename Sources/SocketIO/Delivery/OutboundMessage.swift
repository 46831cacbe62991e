import NIOCore

/// One packet on its way to any number of clients: encoded once, framed once, one buffer for all of them.
struct OutboundMessage: Sendable {
    enum Policy: Sendable, Equatable {
        /// Arrives, in order, or the client is closed.
        case reliable
        /// Dropped for clients that are behind.
        case volatile
        /// Replaces an older one with the same key that still waits; takes the newer one's place in the order.
        case latest(key: String)
    }

    /// WebSocket frames.
    let frame: ByteBuffer
    let policy: Policy

    init(_ frame: ByteBuffer, policy: Policy = .reliable) {
        self.frame = frame
        self.policy = policy
    }
}
