import Glibc

/// Says in words for people why a device file cannot be used; libnfc itself only says that it failed.
enum DeviceFile {
    /// Throws if this process may not read and write the file at `path`.
    static func check(path: String) throws(ReaderFailure) {
        guard access(path, R_OK | W_OK) == 0 else { throw failure(path: path, error: errno) }
    }

    static func failure(path: String, error: CInt) -> ReaderFailure {
        switch error {
        case ENOENT, ENXIO, ENODEV:
            .missing("\(path) does not exist; is the reader plugged in and its bus enabled?")
        case EACCES, EPERM:
            .missing("no permission to use \(path); add the user to the group that owns it (see ls -l \(path))")
        case EIO:
            .missing("\(path) does not answer; is the reader plugged in?")
        default:
            .missing("cannot open \(path): \(String(cString: strerror(error)))")
        }
    }
}
