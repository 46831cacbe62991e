import MusicBoxAPI
import NIOCore
import NIOWebSocket

/// Runs a `SocketSession` on a WebSocket: frames on one side, events on the other.
///
/// Inbound: whole messages (an aggregator goes before). Outbound: events of the client, encoded.
final class SocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = SocketEvent
    typealias OutboundIn = String
    typealias OutboundOut = WebSocketFrame

    private var session = SocketSession()
    private var patience: TimeAmount
    private var deadline: Scheduled<Void>?

    /// - Parameter patience: the time for the handshake; then the server's own heartbeat rules.
    init(patience: TimeAmount) {
        self.patience = patience
    }

    func handlerAdded(context: ChannelHandlerContext) {
        postponeDeadline(context: context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        postponeDeadline(context: context)
        switch frame.opcode {
        case .text:
            session.receive(String(buffer: frame.unmaskedData)).forEach { perform($0, context: context) }
        case .ping:
            send(.pong, frame.unmaskedData, context: context)
        case .connectionClose:
            send(.connectionClose, frame.unmaskedData, context: context)
            perform(.end(.closed), context: context)
        default:
            // Pongs, and the attachments of binary events, of which a listener needs none.
            break
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let text = ByteBuffer(string: unwrapOutboundIn(data))
        context.write(wrapOutboundOut(Self.frame(.text, text)), promise: promise)
    }

    private func perform(_ action: SocketSession.Action, context: ChannelHandlerContext) {
        switch action {
        case .send(let text):
            send(.text, ByteBuffer(string: text), context: context)
        case .expectWithin(let milliseconds):
            patience = .milliseconds(Int64(milliseconds))
            postponeDeadline(context: context)
        case .deliver(let event):
            context.fireChannelRead(wrapInboundOut(event))
        case .end(let failure):
            context.fireErrorCaught(failure)
            context.close(promise: nil)
        }
    }

    private func send(_ opcode: WebSocketOpcode, _ data: ByteBuffer, context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(Self.frame(opcode, data)), promise: nil)
    }

    /// RFC 6455, section 5.3: what a client sends is masked.
    private static func frame(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
    }

    private func postponeDeadline(context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
            self.perform(.end(.silent), context: context)
        }
    }
}
