import CFFmpeg
import Glibc

/// The bytes of a regular file for FFmpeg: owner of the descriptor.
///
/// What a hostile or broken file announces as its header, FFmpeg would load into memory: a tag of 256 MB, pictures
/// without number. Two things bound that. Covers and tags beyond their limit are hidden (``HeaderScan``), and while the
/// header is read no more than ``headerLimit`` bytes are given out.
final class FileInput: MediaInput {
    /// The sample tables of 12 hours take 10 MB in an MP4 that FFmpeg reads by itself.
    static let headerLimit = 32 << 20

    let path: String
    /// Bytes in front of what FFmpeg sees as the start: a tag too large for it.
    let skipped: Int
    private let file: FileBytes
    private let interrupt: Interrupt
    private let scan: HeaderScan
    /// In the file.
    private var place: Int
    /// Bytes that may still be read before the header is done with; nil afterwards.
    private var headerBudget: Int? = FileInput.headerLimit
    private var wantsMore = false

    init(path: String, interrupt: Interrupt) throws(AudioError) {
        self.path = path
        self.interrupt = interrupt
        file = try Self.openRegular(path)
        scan = HeaderScan(file)
        skipped = scan.skipped
        place = skipped
        super.init(bufferSize: 32 << 10)
    }

    deinit {
        close(file.descriptor)
    }

    override var isWave: Bool { scan.isWave }
    override var isWhole: Bool { skipped == 0 }
    override var isExhausted: Bool { wantsMore }
    override var track: MP4Track? { scan.track }
    override var size: Int? { file.size - skipped }
    override var offset: Int { place - skipped }

    override func endHeader() { headerBudget = nil }

    override func read(_ target: UnsafeMutablePointer<UInt8>, _ wanted: Int) -> Int32 {
        if interrupt.isRaised { return cffmpeg_error_exit }
        if let budget = headerBudget, budget <= 0 {
            wantsMore = true
            return -EFBIG
        }
        while true {
            let count = pread(file.descriptor, target, wanted, off_t(place))
            if count < 0 {
                if errno == EINTR { continue }
                return -errno
            }
            guard count > 0 else { return cffmpeg_error_eof }
            for mask in scan.masks where mask.offset + mask.bytes.count > place && mask.offset < place + count {
                for (index, byte) in mask.bytes.enumerated() {
                    let index = mask.offset + index - place
                    if index >= 0, index < count { target[index] = byte }
                }
            }
            headerBudget? -= count
            place += count
            return Int32(count)
        }
    }

    override func seek(to offset: Int) -> Bool {
        let (target, overflows) = offset.addingReportingOverflow(skipped)
        guard !overflows else { return false }
        place = target
        return true
    }

    /// A pipe or a device would be waited for, perhaps for ever: only regular files are opened.
    private static func openRegular(_ path: String) throws(AudioError) -> FileBytes {
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
        return FileBytes(descriptor: descriptor, size: Int(status.st_size))
    }
}
