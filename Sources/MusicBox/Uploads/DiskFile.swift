import Crypto
import Glibc

/// Blocking work on files, by path; every function belongs on a thread that may block. Errors name the file.
enum DiskFile {
    /// Writes `bytes` at `offset`; pwrite(2).
    static func write(_ bytes: ArraySlice<UInt8>, at offset: Int, to descriptor: Int32, path: String) throws {
        try bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw failure("write", path) }
                done += count
            }
        }
    }

    /// Appends `bytes`, all of them or none, creating the file if need be.
    static func append(_ bytes: [UInt8], to path: String) throws {
        try withDescriptor(path, O_WRONLY | O_CREAT | O_CLOEXEC) { descriptor in
            let end = lseek(descriptor, 0, SEEK_END)
            guard end >= 0 else { throw failure("write", path) }
            do {
                try write(bytes[...], at: Int(end), to: descriptor, path: path)
            } catch {
                ftruncate(descriptor, end)
                throw error
            }
        }
    }

    /// All of a small file; nil when it is missing or larger than `limit` bytes.
    static func contents(of path: String, limit: Int = 4 << 20) -> [UInt8]? {
        guard let size = fileSize(of: path), size <= limit else { return nil }
        return try? withDescriptor(path, O_RDONLY | O_CLOEXEC) { descriptor in
            var bytes = [UInt8](repeating: 0, count: size)
            var done = 0
            while done < size {
                let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + done, size - done) }
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw failure("read", path) }
                if count == 0 { break }
                done += count
            }
            return Array(bytes[..<done])
        }
    }

    /// The size of a file in bytes, and what changes when its content does; nil when there is no such file.
    static func state(of path: String) -> (size: Int, version: String)? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let moment = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
        return (Int(status.st_size), String(moment, radix: 36) + "-" + String(status.st_size, radix: 36))
    }

    /// Bytes; nil when there is no such file.
    static func fileSize(of path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// Replaces the file as a whole: written under another name, made durable, renamed.
    static func writeWhole(_ bytes: [UInt8], to path: String) throws {
        let temporary = path + ".new"
        do {
            try withDescriptor(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC) {
                try write(bytes[...], at: 0, to: $0, path: temporary)
                guard fsync($0) == 0 else { throw failure("save", temporary) }
            }
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

    /// Takes a name in `directory` that nobody has: `name`, or the next free numbered form of it, for a file that is about
    /// to be moved there by ``move(_:over:)``. Without link(2), which FAT does not know: the name is taken by an empty file,
    /// and rename(2) replaces that one.
    ///
    /// - Returns: the name.
    static func claim(_ name: String, in directory: String) throws -> String {
        guard mkdir(directory, 0o755) == 0 || errno == EEXIST else { throw failure("create", directory) }
        var name = name
        for number in 1...10_000 {
            let candidate = MediaName.numbered(name, number)
            let descriptor = open(directory + "/" + candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            if descriptor >= 0 {
                close(descriptor)
                return candidate
            }
            switch errno {
            case EEXIST: continue
            // FAT and its like allow fewer characters.
            case EINVAL where MediaName.portable(name) != name: name = MediaName.portable(name)
            default: throw failure("create", directory + "/" + candidate)
            }
        }
        throw BoxError.conflict("there are too many files named \"\(name)\"")
    }

    /// Makes `path` durable and puts it in the place of `target` in one step, durable at return. From another file system
    /// it is copied beside the target before that step, and removed after it.
    static func move(_ path: String, over target: String) throws {
        try synchronize(path)
        if rename(path, target) == 0 { return try synchronize(directory(of: target)) }
        guard errno == EXDEV else { throw failure("move", path) }
        let copy = copyPath(of: target)
        do {
            try copyWhole(path, to: copy)
            guard rename(copy, target) == 0 else { throw failure("move", path) }
            try synchronize(directory(of: target))
        } catch {
            remove(copy)
            throw error
        }
        remove(path)
    }

    /// Where ``move(_:over:)`` keeps what it copies; no name of music.
    static func copyPath(of target: String) -> String { target + ".copy" }

    private static func copyWhole(_ path: String, to copy: String) throws {
        try withDescriptor(path, O_RDONLY | O_CLOEXEC) { source in
            try withDescriptor(copy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC) { target in
                var buffer = [UInt8](repeating: 0, count: 1 << 20)
                var offset = 0
                while true {
                    let count = buffer.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
                    if count < 0, errno == EINTR { continue }
                    guard count >= 0 else { throw failure("read", path) }
                    if count == 0 { break }
                    try write(buffer[..<count], at: offset, to: target, path: copy)
                    offset += count
                }
                guard fsync(target) == 0 else { throw failure("save", copy) }
            }
        }
    }

    private static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    static func remove(_ path: String) { unlink(path) }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Bytes.
    static func size(of path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure("look at", path) }
        return Int(status.st_size)
    }

    static func removeDirectory(_ path: String) {
        removeContents(of: path)
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

    static func removeContents(of directory: String) {
        for name in names(in: directory) { unlink(directory + "/" + name) }
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

    static func makeDirectory(_ path: String) throws {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure("create", path) }
    }

    /// What is free on the file system of `path` for this process; statvfs(3).
    static func freeBytes(at path: String) throws -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw failure("look at", path) }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    /// fsync(2) of a file or a directory.
    static func synchronize(_ path: String) throws {
        try withDescriptor(path, O_RDONLY | O_CLOEXEC) { descriptor in
            // Some file systems know no fsync of a directory: EINVAL.
            guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure("save", path) }
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
        if code == ENOSPC || code == EDQUOT || code == EFBIG {
            return .insufficientStorage("the disk is full: remove something first")
        }
        return .storage("cannot \(verb) \(path): \(String(cString: strerror(code)))")
    }

    static func hex(_ digest: SHA256Digest) -> String {
        digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
