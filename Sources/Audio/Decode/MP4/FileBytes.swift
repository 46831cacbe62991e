import Glibc

/// Looks at places of an open file. The descriptor belongs to someone else, who must outlive it.
struct FileBytes {
    let descriptor: Int32
    let size: Int

    /// Up to `count` bytes; fewer at the end of the file, none outside of it or if they cannot be read.
    func bytes(at offset: Int, count: Int) -> [UInt8] {
        guard offset >= 0, offset < size else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = max(0, pread(descriptor, buffer.baseAddress, count, off_t(offset)))
        }
    }
}
