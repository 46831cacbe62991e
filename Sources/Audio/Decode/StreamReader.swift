import CFFmpeg

/// FFmpeg's view of a ``StreamInput``. It closes the stream with itself.
final class StreamReader: MediaInput {
    let input: StreamInput
    private let interrupt: Interrupt
    private var place = 0

    init(_ input: StreamInput, interrupt: Interrupt) {
        self.input = input
        self.interrupt = interrupt
        super.init(bufferSize: 16 << 10)
    }

    /// Once the line is made: only then is it known what it can do.
    func begin() {
        if !input.isSeekable { context?.pointee.seekable = 0 }
    }

    deinit {
        input.close()
    }

    override var isStream: Bool { true }
    override var size: Int? { input.size }
    override var offset: Int { place }

    override func read(_ target: UnsafeMutablePointer<UInt8>, _ wanted: Int) -> Int32 {
        let count = input.read(into: target, count: wanted, interrupt: interrupt)
        if count > 0 { place += Int(count) }
        return count == 0 ? cffmpeg_error_eof : count
    }

    override func seek(to offset: Int) -> Bool {
        guard input.seek(to: offset) else { return false }
        place = offset
        return true
    }
}
