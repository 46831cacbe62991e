import Crypto
import Glibc

/// Blocking work on files, by path; every function belongs on a thread that may block. Errors name the file.
enum DiskFile {
    /// Writes `bytes` at `offset`, creating the file if need be; pwrite(2).
    static func write(_ bytes: [UInt8], at offset: Int, to path: String) throws {
        try withDescriptor(path, O_WRONLY | O_CREAT | O_CLOEXEC) { descriptor in
            var done = 0
            while done < bytes.count {
                let count = bytes.withUnsafeBytes {
                    pwrite(descriptor, $0.baseAddress! + done, bytes.count - done, off_t(offset + done))
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw failure("write", path) }
                done += count
            }
        }
    }

    /// Replaces the file as a whole: written under another name, made durable, renamed.
    static func writeWhole(_ bytes: [UInt8], to path: String) throws {
        let temporary = path + ".new"
        do {
            try write(bytes, at: 0, to: temporary)
            try synchronize(temporary)
            guard rename(temporary, path) == 0 else { throw failure("rename", path) }
        } catch {
            remove(temporary)
            throw error
        }
    }

    /// SHA-256 in lower-case hex, read in pieces of 256 KiB.
    static func sha256(of path: String) throws -> String {
        try withDescriptor(path, O_RDONLY | O_CLOEXEC) { descriptor in
            var hash = SHA256()
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
            defer { buffer.deallocate() }
            while true {
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw failure("read", path) }
                if count == 0 { return hex(hash.finalize()) }
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }

    static func sha256(of bytes: [UInt8]) throws -> String { hex(SHA256.hash(data: bytes)) }

    /// Makes `path` durable and moves it into `directory` under `name`, or the next free numbered form of it; never
    /// over another file (link(2) refuses that without a race). Returns the name it got.
    static func move(_ path: String, into directory: String, as name: String) throws -> String {
        guard mkdir(directory, 0o755) == 0 || errno == EEXIST else { throw failure("create", directory) }
        try synchronize(path)
        for number in 1...10_000 {
            let candidate = MediaName.numbered(name, number)
            if link(path, directory + "/" + candidate) == 0 {
                unlink(path)
                try synchronize(directory)
                return candidate
            }
            guard errno == EEXIST else { throw failure("move", path) }
        }
        throw BoxError.conflict("there are too many files named \"\(name)\"")
    }

    static func remove(_ path: String) { unlink(path) }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Bytes.
    static func size(of path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure("look at", path) }
        return Int(status.st_size)
    }

    static func removeContents(of directory: String) {
        guard let stream = opendir(directory) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { unlink(directory + "/" + name) }
        }
    }

    /// Removes a file, or a directory with all that is in it. Links are removed, not followed.
    static func removeTree(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in names(in: path) { removeTree(path + "/" + name) }
        rmdir(path)
    }

    /// What is in a directory, in no order; empty when it cannot be read.
    static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    static func makeDirectory(_ path: String) throws {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure("create", path) }
    }

    /// What is free on the file system of `path` for this process; statvfs(3).
    static func freeBytes(at path: String) throws -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw failure("look at", path) }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    private static func synchronize(_ path: String) throws {
        try withDescriptor(path, O_RDONLY | O_CLOEXEC) { descriptor in
            guard fsync(descriptor) == 0 else { throw failure("save", path) }
        }
    }

    private static func withDescriptor<Result>(
        _ path: String,
        _ flags: Int32,
        _ body: (Int32) throws -> Result
    ) throws -> Result {
        let descriptor = open(path, flags, 0o644)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        return try body(descriptor)
    }

    static func failure(_ verb: String, _ path: String) -> BoxError {
        let code = errno
        if code == ENOSPC || code == EDQUOT { return .insufficientStorage("the disk is full: remove something first") }
        return .storage("cannot \(verb) \(path): \(String(cString: strerror(code)))")
    }

    static func hex(_ digest: SHA256Digest) -> String {
        digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
