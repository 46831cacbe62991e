import GRDB

/// The tables, as a list of steps that is only ever appended to.
///
/// Times are integers, milliseconds since 1970. `folded` columns hold what a search compares (see `SearchText`). Every
/// rule that must hold whatever the code does is a constraint here.
enum Schema {
    /// "MBOX"; tells our databases from anybody else's (`PRAGMA application_id`, https://sqlite.org/pragma.html).
    static let applicationID: Int64 = 0x4D42_4F58

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 library") { try $0.execute(sql: library) }
        migrator.registerMigration("2 answers") { try $0.execute(sql: answers) }
        migrator.registerMigration("3 parts of files and streams") { try $0.execute(sql: partsAndStreams) }
        migrator.registerMigration("loudness") { try $0.execute(sql: loudness) }
        migrator.registerMigration("jobs 1 folders") { try $0.execute(sql: folders) }
        migrator.registerMigration("jobs 2 downloads") { try $0.execute(sql: downloads) }
        return migrator
    }

    private static let library = """
        PRAGMA application_id = \(applicationID);

        CREATE TABLE playlist (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
            title TEXT NOT NULL CHECK (trim(title) <> ''),
            description TEXT NOT NULL,
            folded TEXT NOT NULL,
            seq INTEGER NOT NULL DEFAULT 1 CHECK (seq > 0),
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE track (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
            playlist INTEGER NOT NULL REFERENCES playlist (key) ON DELETE CASCADE,
            number INTEGER NOT NULL CHECK (number > 0),
            title TEXT NOT NULL CHECK (trim(title) <> ''),
            filename TEXT NOT NULL CHECK (filename <> ''),
            file_path TEXT NOT NULL CHECK (file_path <> '' AND file_path NOT GLOB '/*'),
            duration_ms INTEGER CHECK (duration_ms BETWEEN 0 AND 1000000000000),
            artist TEXT,
            album TEXT,
            file_hash TEXT CHECK (length(file_hash) = 64 AND file_hash NOT GLOB '*[^0-9a-f]*'),
            file_size INTEGER NOT NULL CHECK (file_size >= 0),
            play_count INTEGER NOT NULL DEFAULT 0 CHECK (play_count >= 0),
            cover_path TEXT CHECK (cover_path <> '' AND cover_path NOT GLOB '/*'),
            folded TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            UNIQUE (playlist, number)
        ) STRICT;
        -- The next two hold all that a listing and a search read, so that neither touches the wide rows.
        CREATE INDEX track_duration ON track (playlist, duration_ms);
        CREATE INDEX track_folded ON track (playlist, folded);
        CREATE INDEX track_file ON track (file_path);
        CREATE INDEX track_hash ON track (file_hash) WHERE file_hash IS NOT NULL;
        CREATE INDEX track_cover ON track (cover_path) WHERE cover_path IS NOT NULL;

        -- `key` grows with each binding: it is their order.
        CREATE TABLE tag (
            key INTEGER PRIMARY KEY,
            uid TEXT NOT NULL UNIQUE CHECK (length(uid) BETWEEN 2 AND 64 AND uid NOT GLOB '*[^0-9a-f]*'),
            playlist INTEGER NOT NULL REFERENCES playlist (key) ON DELETE CASCADE,
            bound_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX tag_playlist ON tag (playlist, key);

        -- Written at each pause and track: four integers, no second index, so that one page changes.
        CREATE TABLE resume (
            playlist INTEGER PRIMARY KEY REFERENCES playlist (key) ON DELETE CASCADE,
            track INTEGER NOT NULL REFERENCES track (key) ON DELETE CASCADE,
            position_ms INTEGER NOT NULL CHECK (position_ms >= 0),
            updated_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE setting (
            name TEXT PRIMARY KEY CHECK (name <> ''),
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE counter (
            name TEXT PRIMARY KEY CHECK (name <> ''),
            value INTEGER NOT NULL CHECK (value >= 0)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO counter (name, value) VALUES ('server_seq', 0);
        """

    /// A track may be a part of its file (a chapter), or come from an address instead of a file.
    private static let partsAndStreams = """
        ALTER TABLE track ADD COLUMN start_ms INTEGER NOT NULL DEFAULT 0 CHECK (start_ms >= 0);
        ALTER TABLE track ADD COLUMN end_ms INTEGER CHECK (end_ms > start_ms);
        ALTER TABLE track ADD COLUMN url TEXT CHECK (url <> '');
        """

    /// `integrated` in LUFS and `true_peak` in dBTP; without the first a file is silent or cannot be measured. Not final
    /// is what only a tag told. A file that changes is known by its size.
    private static let loudness = """
        CREATE TABLE loudness (
            file_path TEXT PRIMARY KEY CHECK (file_path <> ''),
            file_size INTEGER NOT NULL,
            integrated REAL CHECK (integrated BETWEEN -1000 AND 1000),
            true_peak REAL CHECK (true_peak BETWEEN -1000 AND 1000),
            is_final INTEGER NOT NULL CHECK (is_final IN (0, 1))
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER loudness_of_last_track AFTER DELETE ON track
            WHEN NOT EXISTS (SELECT * FROM track WHERE file_path = OLD.file_path)
            BEGIN DELETE FROM loudness WHERE file_path = OLD.file_path; END;
        """

    private static let answers = """
        CREATE TABLE answer (
            operation TEXT PRIMARY KEY CHECK (operation <> ''),
            answer BLOB NOT NULL,
            expires_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX answer_expiry ON answer (expires_at);
        """

    /// Which playlist the files of a folder below `media/` belong to, whatever becomes of the names of both.
    private static let folders = """
        CREATE TABLE folder (
            path TEXT PRIMARY KEY CHECK (path NOT GLOB '/*'),
            playlist INTEGER NOT NULL REFERENCES playlist (key) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX folder_playlist ON folder (playlist);
        """

    /// `record` is JSON of whoever runs the downloads; here it only has to survive.
    private static let downloads = """
        CREATE TABLE download (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE CHECK (id <> ''),
            record BLOB NOT NULL
        ) STRICT;
        """
}
