/// Sessions that end without a track.
extension UploadStore {
    package struct Cleaning: Sendable, Equatable {
        package var files = 0
        package var bytes = 0
        package var sessions = 0
    }

    /// Removes the sessions that nobody has touched for too long, and of those that have ended all but the newest.
    package func dropExpired() async {
        let now = box.time.wallMilliseconds
        var unwanted = entries.values.map(\.session).filter { $0.expiresMs < now }.map(\.id)
        let ended = sessions().filter { !$0.isOpen }
        unwanted += ended.dropLast(Self.maximumEnded).map(\.id)
        for id in unwanted where !busy.contains(id) { await drop(id) }
    }

    /// Removes the sessions that nobody has touched for so long, and whatever else lies where uploads lie.
    package func cleanUp(olderThanMs age: Int) async throws -> Cleaning {
        let limit = box.time.wallMilliseconds - age
        var cleaning = Cleaning()
        let unwanted = entries.values.map(\.session).filter { $0.activeMs <= limit && !busy.contains($0.id) }
        for session in unwanted {
            cleaning.sessions += 1
            let freed = await drop(session.id)
            cleaning.files += freed.files
            cleaning.bytes += freed.bytes
        }
        let (uploads, known) = (directories.uploads, Set(entries.keys))
        let stray = try await files.run {
            let names = DiskFile.names(in: uploads).filter { !known.contains(String($0.prefix { $0 != "." })) }
            return Self.remove(names.map { uploads + "/" + $0 })
        }
        cleaning.files += stray.files
        cleaning.bytes += stray.bytes
        return cleaning
    }

    /// Forgets a session with its files.
    @discardableResult
    func drop(_ id: String) async -> (files: Int, bytes: Int) {
        let entry = entries.removeValue(forKey: id)
        // The record last: without it nobody would know whose the bytes are.
        let paths = [path(of: id), unpackedPath(of: id), recordPath(of: id)]
        let freed = try? await files.run {
            entry?.file?.close()
            return Self.remove(paths)
        }
        return freed ?? (0, 0)
    }

    static func remove(_ paths: [String]) -> (files: Int, bytes: Int) {
        var freed = (files: 0, bytes: 0)
        for path in paths {
            if let size = DiskFile.fileSize(of: path) {
                freed.files += 1
                freed.bytes += size
                DiskFile.remove(path)
            } else {
                DiskFile.removeDirectory(path)
            }
        }
        return freed
    }
}
