import NIOCore

/// A session's HTTP polling: at most one GET that waits for packets, and at most one POST that brings some. Confined to
/// the session's event loop.
final class PollingTransport: SessionTransport {
    private struct Post {
        var exchange: HTTPExchange
        /// nil until the whole body is there. What is left waits while the session takes nothing more.
        var packets: PollingPayload.Packets?
    }

    /// Python's client refuses a payload of more packets.
    private static let maxPackets = 16

    private unowned let session: Session
    private var waiting: HTTPExchange?
    private var post: Post?
    private var payload = ByteBuffer()
    /// In `payload`.
    private var packets = 0
    private var isOver = false
    /// A WebSocket is about to take over: nothing is to be sent here any more, and no poll is to wait.
    private(set) var isHeld = false

    init(session: Session) {
        self.session = session
    }

    func hold() {
        isHeld = true
        waiting.take()?.answer(.noop)
    }

    func release() {
        isHeld = false
    }

    // MARK: From the connections

    /// A GET: answered when there is something to say.
    func poll(_ exchange: HTTPExchange) {
        session.timeReached()
        guard !isOver else { return exchange.answer(.error(.unknownSession)) }
        guard waiting == nil else {
            // Two pages share one session, or the client has lost its mind: the order of packets is lost for both.
            exchange.answer(.error(.badRequest))
            return session.close(.transportError)
        }
        guard !isHeld else { return exchange.answer(.noop) }
        waiting = exchange
        session.drain()
        flush()
    }

    /// A POST begins; its body follows.
    ///
    /// - Returns: False when it is refused.
    func beginPost(_ exchange: HTTPExchange) -> Bool {
        guard !isOver else {
            exchange.answer(.error(.unknownSession))
            return false
        }
        guard post == nil else {
            exchange.answer(.error(.badRequest))
            session.close(.transportError)
            return false
        }
        post = Post(exchange: exchange)
        return true
    }

    func finishPost(_ exchange: HTTPExchange, body: ByteBuffer) {
        guard post?.exchange === exchange else { return }
        guard let packets = PollingPayload.Packets(body) else {
            post = nil
            exchange.answer(.error(.badRequest))
            return session.close(.parseError)
        }
        post?.packets = packets
        resumeReading()
    }

    /// Too much body: refused, and forgotten.
    func cancelPost(_ exchange: HTTPExchange, _ answer: HTTPAnswer) {
        guard post?.exchange === exchange else { return }
        post = nil
        exchange.answer(answer)
    }

    /// The connection of a request ended before its answer, or its body stalled: packets may be lost.
    func lost(_ exchange: HTTPExchange) {
        guard waiting === exchange || post?.exchange === exchange else { return }
        if waiting === exchange { waiting = nil } else { post = nil }
        session.close(.transportClose)
    }

    // MARK: For the session

    var isWritable: Bool { waiting != nil && !isHeld && packets < Self.maxPackets }

    func write(_ message: OutboundMessage) {
        let count = message.attachments.count + (message.text == nil ? 0 : 1)
        // What does not fit waits in `payload` for the next poll; what comes after it, in the session's queue.
        if packets > 0, packets + count > Self.maxPackets { flush() }
        PollingPayload.append(message, to: &payload)
        packets += count
    }

    func flush() {
        guard payload.readableBytes > 0, let exchange = waiting.take() else { return }
        exchange.answer(.payload(takePayload()))
    }

    /// Emptied before it is sent: behind the answer the next request of the connection may already be there.
    private func takePayload() -> ByteBuffer {
        defer {
            payload = ByteBuffer()
            packets = 0
        }
        return payload
    }

    func ping() {}

    /// Goes on with the packets of the POST.
    func resumeReading() {
        while !session.isReadingPaused, !isOver, let packet = post?.packets?.next() {
            session.countFrame()
            session.received(packet)
        }
        flush()
        guard post?.packets?.isEmpty == true, let exchange = post.take()?.exchange else { return }
        exchange.answer(.ok)
    }

    func close(_ reason: DisconnectReason, code: WebSocketCloseCode) {
        end(with: reason == .transportClose ? "6" : "1")
    }

    func abort(withReset: Bool) {
        payload = ByteBuffer()
        end(with: "1")
    }

    /// The WebSocket has taken over. A POST whose body is still on its way goes on: its packets count.
    func retire() {
        hold()
    }

    /// - Parameter packet: The last one, for a GET that waits.
    private func end(with packet: String) {
        guard !isOver else { return }
        isOver = true
        write(OutboundMessage(text: packet))
        waiting.take()?.answer(.payload(takePayload()))
        if let post = post.take() {
            post.exchange.answer(packet == "6" ? .ok : .error(.badRequest))
        }
    }
}
