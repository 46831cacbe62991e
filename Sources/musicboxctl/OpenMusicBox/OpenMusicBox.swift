import Glibc

/// What an Open Music Box has: its `app.db` and its `uploads/`, read and matched, without changing anything.
struct OpenMusicBox: Equatable {
    struct Playlist: Equatable {
        var title: String
        /// Nil when it had none that can be one.
        var tag: String?
        var files: [AudioFile]
    }

    private(set) var playlists: [Playlist] = []
    /// What cannot be taken over, and why.
    private(set) var skipped: [SkippedFile] = []

    /// - Parameter directory: the folder that holds `app.db`, or one of the folders above it in an installation.
    /// - Throws: `CtlError` of code `noInput` or `data`.
    init(directory: String) throws(CtlError) {
        let root = directory == "/" ? "" : Substring(directory).trimmingSlashes
        guard
            let base = ["", "/data", "/app/data", "/back/app/data"].map({ root + $0 }).first(where: {
                access($0 + "/app.db", F_OK) == 0
            })
        else {
            throw CtlError(
                .noInput,
                "there is no app.db in \(directory)",
                remedy: "give the data folder of an Open Music Box"
            )
        }
        let tables = try Self.read(base + "/app.db")
        let places: [String] = [base + "/uploads", root + "/uploads"]
        let uploads = places.first { access($0, R_OK | X_OK) == 0 } ?? places[0]
        gather(tables.playlists, tables.tracks, store: OpenMusicBoxStore(uploads: uploads))
    }

    private typealias Row = [String: String]

    private static func read(_ path: String) throws(CtlError) -> (playlists: [Row], tracks: [Row]) {
        do {
            let database = try SQLiteFile(path: path)
            let verdict = try database.rows("PRAGMA quick_check(1)").first?.values.first
            guard verdict == "ok" else { throw SQLiteFile.Failure(message: verdict ?? "it cannot be read") }
            let tables = Set(try database.rows("SELECT name FROM sqlite_master").compactMap { $0["name"] })
            guard tables.isSuperset(of: ["playlists", "tracks"]) else {
                throw CtlError(.data, "\(path) is no database of an Open Music Box", remedy: "it has no playlists")
            }
            return (
                try database.rows("SELECT * FROM playlists ORDER BY rowid"),
                try database.rows("SELECT * FROM tracks ORDER BY playlist_id, track_number, rowid")
            )
        } catch let error as SQLiteFile.Failure {
            throw CtlError(
                .data,
                "\(path) is damaged or no database (\(error.message))",
                remedy: "sqlite3 app.db .recover may save it; musicboxctl import takes the files without it"
            )
        } catch let error as CtlError {
            throw error
        } catch {
            throw CtlError(.data, "\(path) cannot be read (\(error))")
        }
    }

    private mutating func gather(_ playlistRows: [Row], _ trackRows: [Row], store: OpenMusicBoxStore) {
        let tracks = Dictionary(grouping: trackRows) { $0["playlist_id"] ?? "" }
        var titles: Set<String> = []
        var tags: [String: String] = [:]
        for row in playlistRows {
            let id = row["id"] ?? ""
            let given = row["title"].flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 } ?? "Untitled"
            let title = Self.unique(given, in: &titles)
            var playlist = Playlist(title: title, files: [])
            playlist.tag = tag(row["nfc_tag_id"], of: title, tags: &tags)
            for track in tracks[id] ?? [] {
                let name = track["filename"] ?? track["title"] ?? "a track"
                guard
                    let path = store.find(
                        track["file_path"],
                        filename: track["filename"],
                        folder: row["path"],
                        playlistID: id
                    )
                else {
                    skipped.append(SkippedFile(file: "\(title): \(name)", reason: "its file is not there"))
                    continue
                }
                if let file = Self.file(at: path, track) {
                    playlist.files.append(file)
                } else {
                    skipped.append(SkippedFile(file: path, reason: "is empty or no file"))
                }
            }
            if playlist.files.isEmpty {
                skipped.append(SkippedFile(file: title, reason: "the playlist has no file that is there"))
            } else {
                playlists.append(playlist)
            }
        }
        for id in Set(tracks.keys).subtracting(playlistRows.compactMap { $0["id"] }).sorted() {
            skipped.append(
                SkippedFile(file: id, reason: "\(tracks[id]?.count ?? 0) tracks of a playlist that is not there")
            )
        }
    }

    private static func file(at path: String, _ track: Row) -> AudioFile? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { return nil }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        func text(_ key: String) -> String? {
            // What the Open Music Box writes when it knows nothing.
            track[key].flatMap {
                $0.isEmpty || $0 == "Unknown" || $0 == "Unknown Artist" || $0 == "Unknown Album" ? nil : $0
            }
        }
        let details = text("title").map { AudioFile.Details(title: $0, artist: text("artist"), album: text("album")) }
        return AudioFile(path: path, name: name, size: Int(status.st_size), details: details)
    }

    private mutating func tag(_ text: String?, of title: String, tags: inout [String: String]) -> String? {
        guard let text, !text.isEmpty else { return nil }
        guard let tag = try? TagArgument(parsing: text).id else {
            skipped.append(SkippedFile(file: title, reason: "its tag \(text) is none"))
            return nil
        }
        if let owner = tags[tag] {
            skipped.append(
                SkippedFile(file: title, reason: "its tag \(tag) is that of \"\(owner)\" too, and stays there")
            )
            return nil
        }
        tags[tag] = title
        return tag
    }

    /// Two playlists of one title would be one on the second run.
    private static func unique(_ title: String, in titles: inout Set<String>) -> String {
        var candidate = title
        var number = 2
        while !titles.insert(candidate.lowercased()).inserted {
            candidate = "\(title) (\(number))"
            number += 1
        }
        return candidate
    }
}

extension Substring {
    fileprivate var trimmingSlashes: String {
        var text = self
        while text.count > 1, text.hasSuffix("/") { text.removeLast() }
        return String(text)
    }
}
