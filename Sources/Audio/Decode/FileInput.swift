import CFFmpeg
import Glibc

/// The bytes of a regular file for FFmpeg: owner of the descriptor and of the AVIOContext. FFmpeg opens nothing by
/// itself here, so no name in a file can make it open another file, a device or the network.
///
/// What a hostile or broken file announces as its header, FFmpeg would load into memory: a tag of 256 MB, pictures
/// without number. Two things bound that. Covers and tags beyond their limit are hidden (``HeaderScan``), and while the
/// header is read no more than ``headerLimit`` bytes are given out.
final class FileInput: MediaInput {
    /// The sample tables of 12 hours in an MP4 take 10 MB.
    static let headerLimit = 32 << 20
    private static let bufferSize: Int32 = 32 << 10

    let path: String
    /// Bytes in front of what FFmpeg sees as the start: a tag too large for it.
    let skipped: Int
    let isWave: Bool
    private let descriptor: Int32
    private let size: Int
    private let interrupt: Interrupt
    private let masks: [HeaderScan.Mask]
    private(set) var context: UnsafeMutablePointer<AVIOContext>?
    /// In the file.
    private var offset: Int
    /// Bytes that may still be read before the header is done with; nil afterwards.
    private var headerBudget: Int? = FileInput.headerLimit
    private(set) var isExhausted = false
    let isStream = false
    var isWhole: Bool { skipped == 0 }

    init(path: String, interrupt: Interrupt) throws(AudioError) {
        self.path = path
        self.interrupt = interrupt
        (descriptor, size) = try Self.openRegular(path)
        let scan = HeaderScan(descriptor, size: size)
        skipped = scan.skipped
        offset = skipped
        masks = scan.masks
        isWave = scan.isWave
        guard let buffer = av_malloc(Int(Self.bufferSize)) else { return }
        context = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self),
            Self.bufferSize,
            0,
            Unmanaged.passUnretained(self).toOpaque(),
            { opaque, buffer, count in
                guard let opaque, let buffer else { return -EINVAL }
                return Unmanaged<FileInput>.fromOpaque(opaque).takeUnretainedValue().read(buffer, Int(count))
            },
            nil,
            { opaque, offset, whence in
                guard let opaque else { return -Int64(EINVAL) }
                return Unmanaged<FileInput>.fromOpaque(opaque).takeUnretainedValue().seek(offset, whence)
            }
        )
    }

    deinit {
        if let context {
            // FFmpeg may have replaced the buffer by another one.
            av_free(context.pointee.buffer)
            var freed: UnsafeMutablePointer<AVIOContext>? = context
            avio_context_free(&freed)
        }
        close(descriptor)
    }

    func endHeader() { headerBudget = nil }

    private func read(_ target: UnsafeMutablePointer<UInt8>, _ wanted: Int) -> Int32 {
        if interrupt.isRaised { return cffmpeg_error_exit }
        if let budget = headerBudget, budget <= 0 {
            isExhausted = true
            return -EFBIG
        }
        while true {
            let count = pread(descriptor, target, wanted, off_t(offset))
            if count < 0 {
                if errno == EINTR { continue }
                return -errno
            }
            guard count > 0 else { return cffmpeg_error_eof }
            for mask in masks where mask.offset + mask.bytes.count > offset && mask.offset < offset + count {
                for (index, byte) in mask.bytes.enumerated() {
                    let place = mask.offset + index - offset
                    if place >= 0, place < count { target[place] = byte }
                }
            }
            headerBudget? -= count
            offset += count
            return Int32(count)
        }
    }

    private func seek(_ place: Int64, _ whence: Int32) -> Int64 {
        if whence & AVSEEK_SIZE != 0 { return Int64(size - skipped) }
        let base: Int
        switch whence & ~AVSEEK_FORCE {
        case SEEK_SET: base = skipped
        case SEEK_CUR: base = offset
        case SEEK_END: base = size
        default: return -Int64(EINVAL)
        }
        let (target, overflows) = base.addingReportingOverflow(Int(place))
        guard !overflows, target >= skipped else { return -Int64(EINVAL) }
        offset = target
        return Int64(target - skipped)
    }

    /// A pipe or a device would be waited for, perhaps for ever: only regular files are opened.
    private static func openRegular(_ path: String) throws(AudioError) -> (descriptor: Int32, size: Int) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            if code == ENOENT || code == ENOTDIR {
                throw AudioError(code: .fileMissing, message: "cannot play \(quoted(path)): the file is missing")
            }
            throw AudioError(
                code: .fileUnreadable,
                message: "cannot read \(quoted(path)): \(String(cString: strerror(code)))"
            )
        }
        var status = stat()
        fstat(descriptor, &status)
        let problem: AudioError? =
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                status.st_size > 0
                    ? nil : AudioError(code: .notAudio, message: "cannot play \(quoted(path)): the file is empty")
            case S_IFDIR:
                AudioError(code: .fileUnreadable, message: "cannot play \(quoted(path)): it is a directory")
            default:
                AudioError(code: .fileUnreadable, message: "cannot play \(quoted(path)): it is not a regular file")
            }
        if let problem {
            close(descriptor)
            throw problem
        }
        return (descriptor, Int(status.st_size))
    }
}
