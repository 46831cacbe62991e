package import FoundationEssentials
import Glibc

/// The resume point of what plays, in a small file of its own beside the database.
///
/// It is written every two seconds of playing, for years. Its two blocks are overwritten in turn and the file never
/// changes its size: a memory card writes one block, where SQLite writes those of its journal and then those of a
/// checkpoint. A power cut can spoil the block being written; the other one still holds.
///
/// A point counts on top of the point of the database that it goes on from, and no other: whatever the database was told
/// of the playlist since is newer, and clocks of such boxes jump.
package struct ResumeFile: ~Copyable {
    struct Entry: Equatable {
        var point: ResumePoint
        /// `updatedAt` of the point in the database, milliseconds since 1970.
        var base: Int64
        fileprivate(set) var sequence: UInt64 = 0
    }

    static let blockBytes = 4096
    private static let blocks = 2
    private static let heading = "musicbox resume point 1"

    private let storage: StorageDirectory
    private var descriptor: Int32 = -1
    private var sequence: UInt64 = 0

    package init(_ storage: StorageDirectory) {
        self.storage = storage
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Writes `point`, which goes on from the one that the database got at `base`. It is on the disk at return.
    package mutating func write(_ point: ResumePoint, onTopOf base: Date) throws(LibraryError) {
        if descriptor < 0 { try open() }
        sequence += 1
        let entry = Entry(point: point, base: base.milliseconds, sequence: sequence)
        do {
            try put(try Self.block(of: entry), at: Int(sequence % UInt64(Self.blocks)))
        } catch {
            // The next one looks at the file anew.
            close(descriptor)
            descriptor = -1
            throw error
        }
    }

    /// What the file holds, newest first.
    static func entries(in storage: StorageDirectory) -> [Entry] {
        let descriptor = Glibc.open(storage.resumeFile, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        return entries(of: descriptor)
    }

    // MARK: - The file

    private mutating func open() throws(LibraryError) {
        let path = storage.resumeFile
        let opened = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_DSYNC, 0o644)
        guard opened >= 0 else { throw StorageDirectory.refusal(path, errno: errno) }
        descriptor = opened
        var status = stat()
        guard fstat(opened, &status) == 0 else { throw giveUp(errno) }
        if status.st_size != off_t(Self.blockBytes * Self.blocks) {
            guard ftruncate(opened, 0) == 0 else { throw giveUp(errno) }
            // Written, not just reserved: the first write to a reserved block changes what the file system notes of it.
            for index in 0..<Self.blocks { try put([UInt8](repeating: 0, count: Self.blockBytes), at: index) }
            try storage.sync(storage.path)
        }
        sequence = Self.entries(of: opened).first?.sequence ?? 0
    }

    private func put(_ block: [UInt8], at index: Int) throws(LibraryError) {
        var written = 0
        while written < block.count {
            let place = off_t(index * Self.blockBytes + written)
            let count = block[written...].withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, place) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw StorageDirectory.refusal(storage.resumeFile, errno: count < 0 ? errno : EIO) }
            written += count
        }
    }

    private mutating func giveUp(_ code: Int32) -> LibraryError {
        close(descriptor)
        descriptor = -1
        return StorageDirectory.refusal(storage.resumeFile, errno: code)
    }

    private static func entries(of descriptor: Int32) -> [Entry] {
        (0..<blocks).compactMap { index in
            let bytes = [UInt8](unsafeUninitializedCapacity: blockBytes) { buffer, count in
                count = max(0, pread(descriptor, buffer.baseAddress, blockBytes, off_t(index * blockBytes)))
            }
            return entry(of: bytes)
        }.sorted { $0.sequence > $1.sequence }
    }

    // MARK: - A block

    /// Lines of text, the last of which sums up the others; then zeros.
    private static func block(of entry: Entry) throws(LibraryError) -> [UInt8] {
        let point = entry.point
        let lines = [
            heading, String(entry.sequence), String(entry.base), String(point.updatedAt.milliseconds),
            String(max(0, point.positionMs)), point.playlistID, point.trackID,
        ]
        guard !lines.contains(where: { $0.utf8.contains(UInt8(ascii: "\n")) }) else {
            throw LibraryError(.invalid, "The resume point of \(point.playlistID) has odd names and cannot be kept.")
        }
        var bytes = lines.joined(separator: "\n").utf8 + [UInt8(ascii: "\n")]
        bytes += String(sum(bytes), radix: 16).utf8 + [UInt8(ascii: "\n")]
        guard bytes.count <= blockBytes else {
            throw LibraryError(.invalid, "The resume point of \(point.playlistID) has long names and cannot be kept.")
        }
        return bytes + [UInt8](repeating: 0, count: blockBytes - bytes.count)
    }

    /// Nil for a block that was never written, or not to its end.
    private static func entry(of block: [UInt8]) -> Entry? {
        let lines = block.prefix { $0 != 0 }.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count == 9 else { return nil }
        let texts = lines.map { String(decoding: $0, as: UTF8.self) }
        guard
            texts[0] == heading, texts[7] == String(sum(block[..<lines[7].startIndex]), radix: 16),
            let sequence = UInt64(texts[1]), sequence < .max, let base = Int64(texts[2]), let updated = Int64(texts[3]),
            let positionMs = Int(texts[4])
        else { return nil }
        let point = ResumePoint(
            playlistID: texts[5],
            trackID: texts[6],
            positionMs: positionMs,
            updatedAt: Date(milliseconds: updated)
        )
        return Entry(point: point, base: base, sequence: sequence)
    }

    /// FNV-1a, 64 bits: tells a block that was torn by a power cut from a whole one.
    private static func sum(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
