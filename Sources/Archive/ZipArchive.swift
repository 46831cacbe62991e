import CArchive
import Glibc

/// Takes files out of a zip archive that anybody may have made.
///
/// The names in it are never used as paths: each file gets a number for a name, links and devices are passed over, and
/// what comes out is counted while it comes, whatever the headers promise. Only the reader of zip files that have their
/// directory at the end is used: it knows where each entry begins without unpacking the one before.
package enum ZipArchive {
    package struct File: Sendable, Equatable {
        /// The path in the archive; for people.
        package var name: String
        /// Where its bytes lie.
        package var path: String
        /// Bytes.
        package var size: Int
    }

    /// More entries than any album has, and few enough to look at.
    static let maximumEntries = 20_000
    private static let bufferSize = 128 << 10

    /// Blocking.
    ///
    /// - Parameters:
    ///   - path: of the archive.
    ///   - directory: made if need be; what was written stays there after an error.
    ///   - totalBytes: what may come out in all.
    ///   - maximumFiles: how many files may come out.
    ///   - isWanted: by the path in the archive; other files are passed over.
    package static func unpack(
        _ path: String,
        into directory: String,
        totalBytes: Int,
        maximumFiles: Int,
        where isWanted: (String) -> Bool
    ) throws(ArchiveError) -> [File] {
        let locale = carchive_use_utf8()
        defer { carchive_restore_locale(locale) }
        guard let archive = archive_read_new() else { throw ArchiveError(code: .disk, message: "no memory is left") }
        defer { archive_read_free(archive) }
        archive_read_support_format_zip_seekable(archive)
        guard archive_read_open_filename(archive, path, bufferSize) == ARCHIVE_OK else { throw malformed(archive) }
        guard mkdir(directory, 0o755) == 0 || errno == EEXIST else { throw diskError("create \(directory)") }

        var files: [File] = []
        var left = totalBytes
        var entry: OpaquePointer?
        for _ in 0..<maximumEntries {
            switch archive_read_next_header(archive, &entry) {
            case ARCHIVE_EOF: return files
            case ARCHIVE_OK, ARCHIVE_WARN: break
            default: throw malformed(archive)
            }
            // S_IFREG: no link leads anywhere, no device is opened.
            guard let entry, archive_entry_filetype(entry) & S_IFMT == S_IFREG, let name = name(of: entry),
                isWanted(name)
            else { continue }
            guard archive_entry_is_encrypted(entry) == 0 else {
                throw ArchiveError(code: .malformed, message: "the archive needs a password")
            }
            guard files.count < maximumFiles else {
                throw ArchiveError(code: .tooLarge, message: "the archive has more than \(maximumFiles) files")
            }
            let target = "\(directory)/\(files.count)\(suffix(of: name))"
            let size = try write(archive, to: target, limit: left)
            left -= size
            files.append(File(name: name, path: target, size: size))
        }
        throw ArchiveError(code: .tooLarge, message: "the archive has more than \(maximumEntries) entries")
    }

    private static func write(_ archive: OpaquePointer, to path: String, limit: Int) throws(ArchiveError) -> Int {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw diskError("write \(path)") }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 16)
        defer { buffer.deallocate() }
        var total = 0
        while true {
            let count = archive_read_data(archive, buffer.baseAddress, buffer.count)
            if count == 0 { return total }
            guard count > 0 else { throw malformed(archive) }
            total += count
            guard total <= limit else {
                throw ArchiveError(
                    code: .tooLarge,
                    message: "more would come out of the archive than there is room for"
                )
            }
            var done = 0
            while done < count {
                let written = Glibc.write(descriptor, buffer.baseAddress! + done, count - done)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw diskError("write \(path)") }
                done += written
            }
        }
    }

    /// Names are UTF-8, or bytes of a code page that nobody knows.
    private static func name(of entry: OpaquePointer) -> String? {
        guard let text = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry) else { return nil }
        return String(cString: text)
    }

    /// The decoders look at it.
    private static func suffix(of name: String) -> String {
        guard let dot = name.lastIndex(of: ".") else { return "" }
        let suffix = name[dot...]
        let isPlain = suffix.dropFirst().allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return isPlain && suffix.count <= 6 ? suffix.lowercased() : ""
    }

    private static func malformed(_ archive: OpaquePointer) -> ArchiveError {
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
        return ArchiveError(code: .malformed, message: "the archive cannot be read: \(reason)")
    }

    private static func diskError(_ what: String) -> ArchiveError {
        let code = errno
        let isFull = code == ENOSPC || code == EDQUOT || code == EFBIG
        return ArchiveError(
            code: isFull ? .full : .disk,
            message: isFull
                ? "the disk is full: remove something first" : "cannot \(what): \(String(cString: strerror(code)))"
        )
    }
}
