import Archive
import MusicBox

/// The `Archive` module as the box wants it: the one place that knows both.
enum ArchiveAdapter {
    static let unpack: Unpack = { archive, directory, limits, isWanted in
        do throws(ArchiveError) {
            return try ZipArchive.unpack(
                archive,
                into: directory,
                totalBytes: limits.totalBytes,
                maximumFiles: limits.files,
                where: isWanted
            ).map { UnpackedFile(name: $0.name, path: $0.path, size: $0.size) }
        } catch {
            throw switch error.code {
            case .malformed, .tooLarge: BoxError.invalid(error.message)
            case .full: BoxError.insufficientStorage(error.message)
            case .disk: BoxError.storage(error.message)
            }
        }
    }
}
