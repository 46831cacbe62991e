import Logging
import MusicLibrary

/// After a restart.
extension UploadStore {
    /// Goes on with the sessions of the last run, and removes what belongs to none. Called once, before the first request.
    package func restore() async {
        let (directories, boot) = (directories, boot)
        do {
            let found = try await files.run {
                DiskFile.names(in: directories.uploads).compactMap { name -> (String, UploadRecord)? in
                    guard name.hasSuffix(".session") else { return nil }
                    let path = directories.uploads + "/" + name
                    guard let record = DiskFile.contents(of: path).flatMap({ UploadRecord($0, boot: boot) }),
                        name == record.session.id + ".session"
                    else { return nil }
                    return (record.session.id, record)
                }
            }
            for (id, record) in found { try await restore(id, record) }
            _ = try await cleanUp(olderThanMs: UploadSession.lifetimeMs)
        } catch {
            logger.error("Uploads of the last run are lost", metadata: ["error": "\(error)"])
        }
    }

    private func restore(_ id: String, _ record: UploadRecord) async throws {
        var session = record.session
        if session.isOpen {
            // The run ended between the move into the store and the word of it.
            var trackIDs: [String] = []
            for path in record.stored { trackIDs += try await box.library.tracks(filePath: path).map(\.id) }
            if !trackIDs.isEmpty { session.status = .completed(trackIDs: trackIDs) }
        }
        let (directories, upload, recordPath, boot) = (directories, path(of: id), recordPath(of: id), boot)
        let unpacked = unpackedPath(of: id)
        let ended = session
        let (file, size) = try await files.run { () -> (UploadFile?, Int) in
            DiskFile.removeDirectory(unpacked)
            guard ended.isOpen else {
                DiskFile.remove(upload)
                return (nil, 0)
            }
            for path in record.stored { MediaStore.takeBack(directories.media + "/" + path, to: upload) }
            let file = try UploadFile(path: upload, recordPath: recordPath, recordLines: record.lines)
            try file.note(.boot(boot))
            // Under the name of this life stands only what is still believed.
            for chunk in ended.received { try file.note(.received(chunk: chunk, atMs: ended.activeMs)) }
            return (file, DiskFile.fileSize(of: upload) ?? 0)
        }
        if session.isOpen {
            // What the record knows of and the file does not have never came.
            for chunk in session.received
            where chunk * session.chunkSize + session.length(ofChunk: chunk) > size { session.forget(chunk: chunk) }
        }
        entries[id] = Entry(session: session, file: file)
    }
}
