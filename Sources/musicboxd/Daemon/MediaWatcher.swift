import Glibc
import Logging
import Threads

/// Watches the media directory with all its folders by inotify(7), and says that something changed; what it was is for
/// the sync to find out, so that a lost event costs nothing.
///
/// The thread `media-watch` owns the descriptor and the watches. It waits in poll(2) for the kernel or for `stop()`, does
/// nothing else, and is joined at the end. Files are reported when they were closed after writing, not while they are
/// written: a copy under way makes no noise.
final class MediaWatcher: Sendable {
    /// One element for any number of changes: who is slow loses nothing.
    let changes: AsyncStream<Void>

    private let directory: String
    private let sink: AsyncStream<Void>.Continuation
    private let logger: Logger
    private let stopper = Wakeup()

    private static let mask = UInt32(
        IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF
    )

    init(directory: String, logger: Logger) {
        self.directory = directory
        self.logger = logger
        (changes, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Starts the thread; `stop(_:)` ends it.
    func start() -> WorkerThread {
        WorkerThread(name: "media-watch") { [self] in watch() }
    }

    /// Ends the thread and waits for its end.
    func stop(_ thread: WorkerThread?) {
        sink.finish()
        stopper.signal()
        thread?.join()
    }

    private func watch() {
        let descriptor = inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK))
        guard descriptor >= 0 else { return complain(errno) }
        defer { close(descriptor) }
        addAll(to: descriptor)
        var entries = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stopper.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
        defer { buffer.deallocate() }
        while true {
            guard poll(&entries, 2, -1) >= 0 || errno == EINTR else { return complain(errno) }
            if entries[1].revents != 0 { return }
            guard entries[0].revents != 0 else { continue }
            var hasNewFolder = false
            while case let count = read(descriptor, buffer.baseAddress, buffer.count), count > 0 {
                hasNewFolder = Self.hasNewFolder(buffer, count) || hasNewFolder
            }
            sink.yield()
            // A folder may have got files, and folders, before its watch was there: all of them are walked again.
            if hasNewFolder { addAll(to: descriptor) }
        }
    }

    /// Whether a folder came, or the kernel dropped events and so anything may have come.
    private static func hasNewFolder(_ buffer: UnsafeMutableRawBufferPointer, _ count: Int) -> Bool {
        var offset = 0
        while offset + MemoryLayout<inotify_event>.size <= count {
            let event = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
            let isFolder = event.mask & UInt32(IN_ISDIR) != 0 && event.mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0
            if isFolder || event.mask & UInt32(IN_Q_OVERFLOW) != 0 { return true }
            offset += MemoryLayout<inotify_event>.size + Int(event.len)
        }
        return false
    }

    /// The kernel knows the folders it watches already and answers with the same watch.
    private func addAll(to descriptor: CInt) {
        var rest = [directory]
        while let folder = rest.popLast() {
            guard inotify_add_watch(descriptor, folder, Self.mask | UInt32(IN_ONLYDIR)) >= 0 else {
                // ENOSPC: fs.inotify.max_user_watches is used up. The sync by hand still finds everything.
                if errno == ENOSPC { return complain(errno) }
                continue
            }
            guard let stream = opendir(folder) else { continue }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                // Some file systems do not tell; IN_ONLYDIR sorts them out.
                guard [UInt8(DT_DIR), UInt8(DT_UNKNOWN)].contains(entry.pointee.d_type) else { continue }
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if !name.hasPrefix(".") { rest.append(folder + "/" + name) }
            }
        }
    }

    private func complain(_ code: CInt) {
        logger.warning(
            "The media directory is not watched as a whole; musicboxctl sync looks at it",
            metadata: ["error": "\(String(cString: strerror(code)))"]
        )
    }
}
