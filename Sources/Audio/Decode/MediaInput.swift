import CFFmpeg
import Glibc

/// Where FFmpeg's bytes come from: a file (``FileInput``) or an address (``StreamReader``). Owner of the AVIOContext.
/// FFmpeg opens nothing by itself, so no name in a file can make it open another file, a device or the network.
class MediaInput {
    private(set) var context: UnsafeMutablePointer<AVIOContext>?

    /// Whether it begins like a WAV.
    var isWave: Bool { false }
    /// Whether FFmpeg counts bytes as the file system does.
    var isWhole: Bool { false }
    /// What the file calls its header was larger than a header may be.
    var isExhausted: Bool { false }
    /// The bytes come while it plays.
    var isStream: Bool { false }
    /// Of an MP4 whose tables are hidden from FFmpeg.
    var track: MP4Track? { nil }

    /// - Parameter bufferSize: bytes that are asked for at once.
    init(bufferSize: Int32) {
        guard let buffer = av_malloc(Int(bufferSize)) else { return }
        context = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self),
            bufferSize,
            0,
            Unmanaged.passUnretained(self).toOpaque(),
            { opaque, buffer, count in
                guard let opaque, let buffer else { return -EINVAL }
                return Unmanaged<MediaInput>.fromOpaque(opaque).takeUnretainedValue().read(buffer, Int(count))
            },
            nil,
            { opaque, offset, whence in
                guard let opaque else { return -Int64(EINVAL) }
                let input = Unmanaged<MediaInput>.fromOpaque(opaque).takeUnretainedValue()
                if whence & AVSEEK_SIZE != 0 { return input.size.map { Int64($0) } ?? -Int64(ENOSYS) }
                let base: Int
                switch whence & ~AVSEEK_FORCE {
                case SEEK_SET: base = 0
                case SEEK_CUR: base = input.offset
                case SEEK_END:
                    guard let size = input.size else { return -Int64(ESPIPE) }
                    base = size
                default: return -Int64(EINVAL)
                }
                let (target, overflows) = base.addingReportingOverflow(Int(offset))
                guard !overflows, target >= 0 else { return -Int64(EINVAL) }
                guard input.seek(to: target) else { return -Int64(ESPIPE) }
                return Int64(target)
            }
        )
    }

    deinit {
        guard let context else { return }
        // FFmpeg may have replaced the buffer by another one.
        av_free(context.pointee.buffer)
        var freed: UnsafeMutablePointer<AVIOContext>? = context
        avio_context_free(&freed)
    }

    /// The header was read: what comes now is sound.
    func endHeader() {}

    /// In bytes; nil for what has no end, or does not tell.
    var size: Int? { nil }
    /// Number of the byte that is read next.
    var offset: Int { 0 }

    /// Up to `wanted` bytes: how many they are, or FFmpeg's code of an error.
    func read(_ target: UnsafeMutablePointer<UInt8>, _ wanted: Int) -> Int32 { cffmpeg_error_eof }

    /// False if it cannot go there.
    func seek(to offset: Int) -> Bool { false }
}
