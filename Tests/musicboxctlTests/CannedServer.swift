import NIOCore
import NIOPosix

@testable import musicboxctl

/// A server that answers the first bytes of each connection with a prepared text, in one segment, and then closes or
/// keeps silent.
struct CannedServer {
    enum End {
        case close
        case hold
    }

    static func with(
        answer: String,
        end: End = .close,
        _ body: (ServerURL) async throws -> Void
    ) async throws {
        try await with(answer: { _ in ByteBuffer(string: answer) }, end: end, body)
    }

    static func with(
        answer: @escaping @Sendable (_ request: String) -> ByteBuffer,
        end: End = .close,
        _ body: (ServerURL) async throws -> Void
    ) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Responder(answer: answer, end: end))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        let port = channel.localAddress?.port ?? 0
        do {
            try await body(try ServerURL(parsing: "127.0.0.1:\(port)"))
        } catch {
            try? await channel.close()
            throw error
        }
        try? await channel.close()
    }

    private final class Responder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: (String) -> ByteBuffer
        private let end: End
        private var answered = false

        init(answer: @escaping (String) -> ByteBuffer, end: End) {
            self.answer = answer
            self.end = end
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !answered else { return }
            answered = true
            let written = context.writeAndFlush(wrapOutboundOut(answer(String(buffer: unwrapInboundIn(data)))))
            guard end == .close else { return }
            written.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        }
    }
}
