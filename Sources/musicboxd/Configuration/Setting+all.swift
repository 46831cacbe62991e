/// Every key there is, grouped as in the file.
extension Setting {
    static let all: [Setting] = [
        Setting(
            key: "http.host",
            kind: .text,
            standard: .text("0.0.0.0"),
            help: "The address that phones connect to; 127.0.0.1 keeps the box to itself."
        ),
        Setting(
            key: "http.port",
            kind: .integer(0...65_535),
            standard: .integer(5004),
            help: "The port for everything: HTTP, Socket.IO and the web page; 0 takes any free one."
        ),
        Setting(
            key: "http.web_root",
            kind: .text,
            standard: .text(""),
            help: "The directory of the web page's files; empty looks where they were installed."
        ),
        Setting(
            key: "http.developer_page",
            kind: .flag,
            standard: .flag(false),
            help: "Shows virtual tags to tap on the web page."
        ),
        Setting(
            key: "storage.directory",
            kind: .text,
            standard: .text("/var/lib/musicbox"),
            help: "Where the box keeps everything it was told and given."
        ),
        Setting(
            key: "storage.min_free_mb",
            kind: .integer(0...1_000_000),
            standard: .integer(200),
            help: "Uploads leave at least this many megabytes free."
        ),
        Setting(
            key: "storage.quota_mb",
            kind: .integer(0...100_000_000),
            standard: .integer(0),
            help: "What all music together may take, in megabytes; 0 is as much as the disk holds."
        ),
        Setting(
            key: "library.watch",
            kind: .flag,
            standard: .flag(true),
            help: "Takes files into the library that are put into the media directory by other means."
        ),
        Setting(
            key: "youtube.program",
            kind: .text,
            standard: .text("yt-dlp"),
            help: "The program that downloads: a name to be found in PATH, or a path."
        ),
        Setting(
            key: "youtube.max_mb",
            kind: .integer(1...1_000_000),
            standard: .integer(2_048),
            help: "A download may have at most this many megabytes."
        ),
        Setting(
            key: "youtube.max_minutes",
            kind: .integer(1...1_440),
            standard: .integer(120),
            help: "A download may take at most this many minutes."
        ),
        Setting(
            key: "youtube.stall_seconds",
            kind: .integer(2...3_600),
            standard: .integer(120),
            help: "A download of which nothing comes for this many seconds is given up."
        ),
        Setting(
            key: "audio.device",
            kind: .text,
            standard: .text("auto"),
            help: "An ALSA PCM name; auto is ALSA's default, or silence while no card can be opened; silent wants none."
        ),
        Setting(
            key: "audio.buffer_ms",
            kind: .integer(20...2_000),
            standard: .integer(300),
            help: "How far ahead the device is filled (a server a third more): our reserve, and a server's delay."
        ),
        Setting(
            key: "audio.sample_rate",
            kind: .integer(8_000...192_000),
            standard: .integer(44_100),
            help: "The rate in Hz that is asked of the device; other files are resampled."
        ),
        Setting(
            key: "audio.crossfade_ms",
            kind: .integer(0...10_000),
            standard: .integer(0),
            help: "How long the end of a track and the beginning of the next sound together."
        ),
        Setting(
            key: "audio.normalize",
            kind: .flag,
            standard: .flag(true),
            help: "Plays all files equally loud, by their tags or as measured in the background (EBU R128)."
        ),
        Setting(
            key: "audio.target_lufs",
            kind: .integer(-40 ... -8),
            standard: .integer(-18),
            help: "How loud that is at full volume, in LUFS; a file whose peaks would clip is left quieter."
        ),
        Setting(
            key: "audio.gain",
            kind: .choice(["track", "album"]),
            standard: .text("track"),
            help: "What is made equally loud: every track, or every album of a playlist as a whole."
        ),
        Setting(
            key: "audio.mixer",
            kind: .text,
            standard: .text(""),
            help: "The card's volume control to use: empty for none, auto for the best by its range in dB, or a name."
        ),
        Setting(
            key: "audio.max_volume",
            kind: .integer(1...100),
            standard: .integer(100),
            help: "Louder is not possible, whoever asks."
        ),
        Setting(
            key: "audio.min_volume",
            kind: .integer(0...100),
            standard: .integer(0),
            help: "Quieter is not possible, but for muting; never more than max_volume."
        ),
        Setting(
            key: "audio.start_volume",
            kind: .integer(0...100),
            standard: .integer(100),
            help: "The box does not start louder than this, however loud it was left."
        ),
        Setting(
            key: "audio.initial_volume",
            kind: .integer(0...100),
            standard: .integer(60),
            help: "The volume until somebody chooses one."
        ),
        Setting(
            key: "player.sleep_fade_s",
            kind: .integer(0...600),
            standard: .integer(20),
            help: "How many seconds the sound fades before a sleep timer ends it."
        ),
        Setting(
            key: "nfc.device",
            kind: .text,
            standard: .text(""),
            help: "A libnfc connection string such as pn532_uart:/dev/ttyS0; empty is libnfc's own search."
        ),
        Setting(
            key: "nfc.command",
            kind: .command,
            standard: .list([]),
            help: "Another program that speaks the reader's lines, with its arguments; empty is musicbox-reader."
        ),
        Setting(
            key: "nfc.poll_ms",
            kind: .integer(10...1_000),
            standard: .integer(50),
            help: "How often the reader looks for a tag, from look to look."
        ),
        Setting(
            key: "nfc.removal_ms",
            kind: .integer(100...10_000),
            standard: .integer(600),
            help: "A tag counts as lifted when it was not seen for this long."
        ),
        Setting(
            key: "nfc.on_remove",
            kind: .choice(["keep", "pause", "stop"]),
            standard: .text("keep"),
            help: "What lifting the tag does to its playlist: keep, pause or stop."
        ),
        Setting(
            key: "nfc.on_repeat",
            kind: .choice(["nothing", "restart", "next", "pause"]),
            standard: .text("nothing"),
            help: "What placing the tag of the playing playlist again does: nothing, restart, next or pause."
        ),
        Setting(
            key: "nfc.return_grace_ms",
            kind: .integer(0...3_600_000),
            standard: .integer(5_000),
            help: "A tag put back within this time goes on as if it had not been lifted."
        ),
        Setting(
            key: "nfc.play_at_start",
            kind: .flag,
            standard: .flag(false),
            help: "Whether a tag that lies there when the box starts plays."
        ),
        Setting(
            key: "log.level",
            kind: .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
            standard: .text("info"),
            help: "The least severe level that is logged."
        ),
    ]

    static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

    /// The known key that is most like `key`, if any is like it at all.
    static func nearest(to key: String) -> String? {
        let ranked = all.map { ($0.key, editDistance($0.key, key)) }.min { $0.1 < $1.1 }
        guard let ranked, ranked.1 <= max(3, key.count / 2) else { return nil }
        return ranked.0
    }

    /// Levenshtein's distance: how many characters to insert, delete or replace.
    static func editDistance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let replaced = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
