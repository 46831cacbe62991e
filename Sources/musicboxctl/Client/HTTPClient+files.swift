import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Transfers of whole files in constant memory: one piece is read while the one before it is on its way.
extension HTTPClient {
    private typealias FileChannel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private static let pieceSize = 256 * 1024
    private static let longestReply = 1 << 20

    /// Gets `path` into the file of a descriptor.
    ///
    /// - Returns: the answer, with its body only when it was not a 200: the body of that went to the file.
    func receive(
        _ path: String,
        into descriptor: CInt,
        timeout: TimeAmount,
        onReceived: @Sendable (Int) -> Void
    ) async throws -> HTTPReply {
        try await transfer(timeout: timeout) { inbound, outbound in
            try await outbound.write(.head(head(.GET, path, length: nil, type: nil)))
            try await outbound.write(.end(nil))
            return try await Self.reply(from: inbound) { part in
                try await NIOThreadPool.singleton.runIfActive { try Self.write(part, to: descriptor) }
                onReceived(part.readableBytes)
            }
        }
    }

    /// Posts the first `size` bytes of a file.
    func send(
        _ source: SourceFile,
        size: Int,
        type: String,
        to path: String,
        timeout: TimeAmount,
        onSent: @Sendable (Int) -> Void
    ) async throws -> HTTPReply {
        try await transfer(timeout: timeout) { inbound, outbound in
            try await outbound.write(.head(head(.POST, path, length: size, type: type)))
            do {
                var offset = 0
                while offset < size {
                    let piece = try await source.read(at: offset, count: min(Self.pieceSize, size - offset))
                    try await outbound.write(.body(.byteBuffer(piece)))
                    offset += piece.readableBytes
                    onSent(piece.readableBytes)
                }
                try await outbound.write(.end(nil))
            } catch let error as CtlError {
                throw error
            } catch {
                // A server may refuse and close before it has read the whole body, and then its answer counts.
            }
            return try await Self.reply(from: inbound, streaming: false) { _ in }
        }
    }

    private func transfer(
        timeout: TimeAmount,
        _ body: (
            NIOAsyncChannelInboundStream<HTTPClientResponsePart>, NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
        ) async throws -> HTTPReply
    ) async throws -> HTTPReply {
        do {
            let channel: FileChannel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(self.timeout)
                .connect(host: server.host, port: server.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(IdleStateHandler(allTimeout: timeout))
                        try pipeline.addHTTPClientHandlers()
                        try pipeline.addHandler(SilenceHandler())
                        return try FileChannel(wrappingChannelSynchronously: channel)
                    }
                }
            return try await channel.executeThenClose { try await body($0, $1) }
        } catch {
            try Task.checkCancellation()
            throw ConnectionFailure(error, server: server, timeout: timeout).ctlError
        }
    }

    private static func reply(
        from inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>,
        streaming: Bool = true,
        take: (ByteBuffer) async throws -> Void
    ) async throws -> HTTPReply {
        var reply: HTTPReply?
        for try await part in inbound {
            switch part {
            case .head(let head): reply = HTTPReply(head: head, body: ByteBuffer())
            case .body(var bytes):
                if streaming, reply?.head.status == .ok {
                    try await take(bytes)
                    continue
                }
                guard (reply?.body.readableBytes ?? 0) + bytes.readableBytes <= longestReply else {
                    throw HTTPFailure.answerTooLarge
                }
                reply?.body.writeBuffer(&bytes)
            case .end:
                guard let reply else { throw HTTPFailure.closedEarly }
                return reply
            }
        }
        throw HTTPFailure.closedEarly
    }

    private func head(_ method: HTTPMethod, _ path: String, length: Int?, type: String?) -> HTTPRequestHead {
        var headers = HTTPHeaders([
            ("Host", server.authority), ("User-Agent", "musicboxctl"), ("Connection", "close"),
        ])
        if let type { headers.add(name: "Content-Type", value: type) }
        if let length { headers.add(name: "Content-Length", value: "\(length)") }
        return HTTPRequestHead(version: .http1_1, method: method, uri: server.prefix + path, headers: headers)
    }

    private static func write(_ bytes: ByteBuffer, to descriptor: CInt) throws(CtlError) {
        let code = bytes.withUnsafeReadableBytes { buffer -> CInt? in
            var done = 0
            while done < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress! + done, buffer.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return errno }
                done += count
            }
            return nil
        }
        if let code {
            throw CtlError(.noInput, "the file cannot be written (\(String(cString: strerror(code)).lowercased()))")
        }
    }
}
