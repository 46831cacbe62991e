import Glibc

/// What a child writes to one of its outputs, line by line.
struct LinePipe: ~Copyable {
    /// For poll(2): readable when bytes have come or the last writer is gone. -1 once the end has been read.
    private(set) var descriptor: CInt
    private var splitter = LineSplitter()

    /// - Parameter descriptor: Non-blocking; it is closed at the end of the pipe or of this value.
    init(owning descriptor: CInt) {
        self.descriptor = descriptor
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    var isOpen: Bool { descriptor >= 0 }

    /// Takes what has come, 4 KiB at most, so that a flood holds nothing up. Nil when there is nothing now, or will never
    /// be again.
    mutating func read() -> [LineSplitter.Piece]? {
        guard isOpen else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            var count: Int
            repeat {
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            } while count < 0 && errno == EINTR
            if count > 0 { return splitter.append(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
            if count == 0 || errno != EAGAIN {
                // A failed read is an end like any other: nothing more will be heard.
                close(descriptor)
                descriptor = -1
            }
            return nil
        }
    }
}
