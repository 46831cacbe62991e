import NIOCore

/// One packet on its way to any number of clients that speak the same format: one buffer for all of them.
final class OutboundMessage: Sendable {
    enum Policy: Sendable, Equatable {
        /// Arrives, in order, or the client is closed.
        case reliable
        /// Dropped for clients that are behind.
        case volatile
        /// Replaces an older one with the same key that still waits; takes the newer one's place in the order.
        case latest(key: String)
    }

    /// WebSocket frames: the text, and behind it one binary frame for each attachment, so that nothing gets in between.
    let frames: ByteBuffer
    /// The payload of the text frame, for HTTP polling; shares the storage of `frames`. nil for a binary message.
    let text: ByteBuffer?
    /// What follows the text, or the binary message.
    let attachments: [ByteBuffer]
    let policy: Policy

    /// - Parameter frame: One text frame, complete.
    init(frame: ByteBuffer, attachments: [ByteBuffer] = [], policy: Policy = .reliable) {
        text = WebSocketFrame.payload(of: frame)
        var frames = frame
        for attachment in attachments { frames.writeImmutableBuffer(WebSocketFrame.binary(attachment)) }
        self.frames = frames
        self.attachments = attachments
        self.policy = policy
    }

    init(binary payload: ByteBuffer) {
        frames = WebSocketFrame.binary(payload)
        text = nil
        attachments = [payload]
        policy = .reliable
    }

    convenience init(text: String) {
        self.init(frame: WebSocketFrame.text(text))
    }
}
