import CFFmpeg
import Glibc

/// FFmpeg's view of a ``StreamInput``: owner of the AVIOContext. It closes the stream with itself.
final class StreamReader: MediaInput {
    private static let bufferSize: Int32 = 16 << 10

    let input: StreamInput
    private let interrupt: Interrupt
    private(set) var context: UnsafeMutablePointer<AVIOContext>?
    private var offset = 0

    let isWave = false
    let isWhole = false
    let isExhausted = false
    let isStream = true

    init(_ input: StreamInput, interrupt: Interrupt) {
        self.input = input
        self.interrupt = interrupt
        guard let buffer = av_malloc(Int(Self.bufferSize)) else { return }
        context = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self),
            Self.bufferSize,
            0,
            Unmanaged.passUnretained(self).toOpaque(),
            { opaque, buffer, count in
                guard let opaque, let buffer else { return -EINVAL }
                return Unmanaged<StreamReader>.fromOpaque(opaque).takeUnretainedValue().read(buffer, Int(count))
            },
            nil,
            { opaque, offset, whence in
                guard let opaque else { return -Int64(EINVAL) }
                return Unmanaged<StreamReader>.fromOpaque(opaque).takeUnretainedValue().seek(offset, whence)
            }
        )
    }

    /// Once the line is made: only then is it known what it can do.
    func begin() {
        if !input.isSeekable { context?.pointee.seekable = 0 }
    }

    deinit {
        input.close()
        if let context {
            av_free(context.pointee.buffer)
            var freed: UnsafeMutablePointer<AVIOContext>? = context
            avio_context_free(&freed)
        }
    }

    func endHeader() {}

    private func read(_ target: UnsafeMutablePointer<UInt8>, _ wanted: Int) -> Int32 {
        let count = input.read(into: target, count: wanted, interrupt: interrupt)
        if count > 0 { offset += Int(count) }
        return count == 0 ? cffmpeg_error_eof : count
    }

    private func seek(_ place: Int64, _ whence: Int32) -> Int64 {
        let size = input.size
        if whence & AVSEEK_SIZE != 0 { return size.map { Int64($0) } ?? -Int64(ENOSYS) }
        let target: Int
        switch whence & ~AVSEEK_FORCE {
        case SEEK_SET: target = Int(place)
        case SEEK_CUR: target = offset + Int(place)
        case SEEK_END:
            guard let size else { return -Int64(ESPIPE) }
            target = size + Int(place)
        default: return -Int64(EINVAL)
        }
        guard target >= 0, input.seek(to: target) else { return -Int64(ESPIPE) }
        offset = target
        return Int64(target)
    }
}
