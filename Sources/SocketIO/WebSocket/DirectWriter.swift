import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Sends frames with one system call per client and turn, past the channel's own queue.
///
/// A broadcast to a thousand clients is a thousand small writes, and what the pipeline, the queue and the promises of
/// a channel cost for each is more than the kernel's share. So while the channel's queue is empty, frames go to the
/// socket from here; what the kernel does not take goes to the channel, in order, and all that follows waits until the
/// channel has sent it.
///
/// The descriptor is the channel's, which closes it. It is used on the channel's event loop only, and only while the
/// channel is active, so it can never be another connection's.
struct DirectWriter {
    enum Outcome {
        case sent
        /// What the kernel did not take now, in order.
        case left([ByteBuffer])
    }

    /// More frames than this leave in several calls: it bounds the array on the stack.
    static let batch = 64

    private let descriptor: CInt
    private var frames: [ByteBuffer] = []

    /// nil for a channel without a socket, as tests use them, and where sending to a closed socket raises a signal.
    init?(_ channel: any Channel) {
        #if os(Linux)
            guard
                let descriptor = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
                    of: NIOBSDSocket.Handle.self,
                    { $0 }
                )
            else { return nil }
            self.descriptor = descriptor
        #else
            return nil
        #endif
    }

    var isEmpty: Bool { frames.isEmpty }
    var isFull: Bool { frames.count >= Self.batch }

    mutating func append(_ frame: ByteBuffer) {
        frames.append(frame)
    }

    /// Sends all at once.
    mutating func flush() -> Outcome {
        let taken = frames.count == 1 ? send(frames[0]) : sendAll()
        return finish(taken)
    }

    /// What was appended and not sent.
    mutating func takeAll() -> [ByteBuffer] {
        defer { frames = [] }
        return frames
    }

    private mutating func finish(_ taken: Int) -> Outcome {
        var taken = max(0, taken)
        var left = 0
        while left < frames.count, taken >= frames[left].readableBytes {
            taken -= frames[left].readableBytes
            left += 1
        }
        guard left < frames.count else {
            // Many clients, each idle most of the time: what one burst needed is not kept.
            frames.removeAll(keepingCapacity: frames.capacity <= 4)
            return .sent
        }
        frames[left].moveReaderIndex(forwardBy: taken)
        let rest = Array(frames[left...])
        frames = []
        return .left(rest)
    }

    private func send(_ frame: ByteBuffer) -> Int {
        #if os(Linux)
            frame.withUnsafeReadableBytes { bytes in
                sendToSocket(descriptor, bytes.baseAddress, bytes.count, Self.flags)
            }
        #else
            0
        #endif
    }

    private func sendAll() -> Int {
        #if os(Linux)
            withUnsafeTemporaryAllocation(of: iovec.self, capacity: frames.count) { vectors in
                for (index, frame) in frames.enumerated() {
                    // The frames keep their storage until the call is over.
                    frame.withUnsafeReadableBytes { bytes in
                        vectors[index] = iovec(
                            iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                            iov_len: bytes.count
                        )
                    }
                }
                var message = msghdr()
                message.msg_iov = vectors.baseAddress
                message.msg_iovlen = frames.count
                return sendmsg(descriptor, &message, Self.flags)
            }
        #else
            0
        #endif
    }

    #if os(Linux)
        private static let flags = CInt(MSG_DONTWAIT | MSG_NOSIGNAL)
    #endif
}

#if os(Linux)
    /// The system's, whose name a method here has too.
    private func sendToSocket(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: CInt) -> Int {
        send(descriptor, bytes, count, flags)
    }
#endif
