import NIOCore
import Synchronization

/// The road from any thread to the clients of one event loop.
///
/// One mailbox per loop keeps everything that one caller sends in order, whatever mixture of rooms and single
/// sockets it goes to, wakes the loop once per batch instead of once per message, and lets each client be flushed once
/// per batch. Its length is bounded by the senders: what is posted is handed to the clients' bounded queues in the
/// loop's next turn.
final class Lane: Sendable {
    enum Item: Sendable {
        case broadcast(Emission, to: ContiguousArray<Socket>, except: Set<ObjectIdentifier>)
        case single(Emission, to: Socket)
        case message(OutboundMessage, to: Session)
        case perform(@Sendable () -> Void)
    }

    private struct Mailbox {
        var items: [Item] = []
        var isScheduled = false
    }

    let eventLoop: any EventLoop
    private let mailbox = Mutex(Mailbox())

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func post(_ item: Item) {
        let mustWake = mailbox.withLock { mailbox in
            mailbox.items.append(item)
            defer { mailbox.isScheduled = true }
            return !mailbox.isScheduled
        }
        if mustWake { eventLoop.execute { self.drain() } }
    }

    private func drain() {
        let items = mailbox.withLock { mailbox in
            defer { mailbox.items = [] }
            return mailbox.items
        }
        var touched: [Session] = []
        for item in items {
            switch item {
            case .broadcast(let emission, let sockets, let except):
                broadcast(emission, to: sockets, except: except, touched: &touched)
            case .single(let emission, let socket):
                if let message = emission.message(for: socket.writer) { socket.deliver(message, touched: &touched) }
            case .message(let message, let session):
                session.send(message, touched: &touched)
            case .perform(let work):
                work()
            }
        }
        for session in touched { session.flush() }
        // What came meanwhile waits for the next turn, so that reading and timers get theirs.
        let hasMore = mailbox.withLock { mailbox in
            mailbox.isScheduled = !mailbox.items.isEmpty
            return mailbox.isScheduled
        }
        if hasMore { eventLoop.execute { self.drain() } }
    }

    private func broadcast(
        _ emission: Emission,
        to sockets: ContiguousArray<Socket>,
        except: Set<ObjectIdentifier>,
        touched: inout [Session]
    ) {
        var last: (writer: MessageWriter, message: OutboundMessage?)?
        for socket in sockets where socket.lane === self {
            guard except.isEmpty || !except.contains(ObjectIdentifier(socket)) else { continue }
            if last?.writer !== socket.writer { last = (socket.writer, emission.message(for: socket.writer)) }
            if let message = last?.message { socket.deliver(message, touched: &touched) }
        }
    }
}
