import Crypto
import Glibc
import NIOCore
import NIOPosix

/// An open file that is being sent. Reading and hashing block, so they happen on NIO's thread pool.
final class SourceFile: Sendable {
    private let descriptor: CInt
    private let name: String

    /// - Throws: `CtlError` of code `noInput`.
    init(path: String) throws(CtlError) {
        name = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CtlError(.noInput, "cannot be read (\(String(cString: strerror(errno)).lowercased()))")
        }
    }

    deinit {
        close(descriptor)
    }

    /// Reads exactly `count` bytes and takes them into the hash.
    ///
    /// - Throws: `CtlError` of code `data` when the file has become shorter, `noInput` when it cannot be read.
    func read(at offset: Int, count: Int, hash: SHA256) async throws -> (bytes: ByteBuffer, hash: SHA256) {
        try await NIOThreadPool.singleton.runIfActive { [self] in
            var hash = hash
            let bytes = try bytes(at: offset, count: count)
            bytes.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
            return (bytes, hash)
        }
    }

    /// Reads exactly `count` bytes.
    func read(at offset: Int, count: Int) async throws -> ByteBuffer {
        try await NIOThreadPool.singleton.runIfActive { [self] in try bytes(at: offset, count: count) }
    }

    private func bytes(at offset: Int, count: Int) throws -> ByteBuffer {
        var bytes = ByteBuffer()
        try bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            var done = 0
            while done < count {
                let got = pread(descriptor, space.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
                if got > 0 {
                    done += got
                } else if got == 0 {
                    throw CtlError(.data, "became shorter while it was read")
                } else if errno != EINTR {
                    throw CtlError(.noInput, "cannot be read (\(String(cString: strerror(errno)).lowercased()))")
                }
            }
            return done
        }
        return bytes
    }

    /// The SHA-256 of the first `size` bytes, in lower-case hex.
    func digest(size: Int) async throws -> String {
        var hash = SHA256()
        var offset = 0
        while offset < size {
            let count = min(1 << 20, size - offset)
            hash = try await read(at: offset, count: count, hash: hash).hash
            offset += count
        }
        return hash.hexDigest
    }
}

extension SHA256 {
    /// The digest of what was taken in so far, in lower-case hex.
    var hexDigest: String {
        finalize().reduce(into: "") { text, byte in
            let digits = String(byte, radix: 16)
            text += byte < 16 ? "0" + digits : digits
        }
    }
}
