import Crypto
import Glibc
import Synchronization

/// A file that is read from its beginning to the size it had when it was opened, and hashed on the way.
final class FilePieces: Sendable {
    let size: Int
    /// Seconds since 1970.
    let modified: Int
    private let path: String
    private let state: Mutex<(descriptor: CInt, hash: SHA256)>

    /// Nil when there is no such file.
    init?(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return nil }
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { Glibc.close(descriptor) }
            throw BoxError.storage("cannot read \(path): \(reason)")
        }
        self.path = path
        size = Int(status.st_size)
        modified = status.st_mtim.tv_sec
        state = Mutex((descriptor, SHA256()))
    }

    /// The next `count` bytes; blocking.
    func next(_ count: Int) throws -> [UInt8] {
        try state.withLock { state in
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                while filled < count {
                    let got = read(state.descriptor, buffer.baseAddress! + filled, count - filled)
                    if got < 0, errno == EINTR { continue }
                    guard got > 0 else { break }
                    filled += got
                }
            }
            guard bytes.count == count else {
                throw BoxError.storage("\(path) changed while it was read, or the disk fails: try again")
            }
            state.hash.update(data: bytes)
            return bytes
        }
    }

    /// SHA-256 of what was read so far, lower-case hex.
    var digest: String { state.withLock { DiskFile.hex($0.hash.finalize()) } }

    func close() {
        state.withLock { state in
            if state.descriptor >= 0 { Glibc.close(state.descriptor) }
            state.descriptor = -1
        }
    }

    deinit { close() }
}
