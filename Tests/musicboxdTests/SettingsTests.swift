import Foundation
import Testing

@testable import musicboxd

@Suite struct SettingsTests {
    private func settings(
        _ path: String? = nil,
        environment: [String: String] = [:],
        flags: [String] = []
    ) throws -> Settings {
        try Settings(path: path, environment: environment, flags: flags)
    }

    // MARK: - Which source wins

    @Test("flags over environment over file over defaults", arguments: 0..<8)
    func precedence(sources: Int) throws {
        let (file, environment, flag) = (sources & 1 != 0, sources & 2 != 0, sources & 4 != 0)
        try withFile(file ? "http:\n  port: 1001\n" : "") { path in
            let settings = try settings(
                path,
                environment: environment ? ["MUSICBOX_HTTP_PORT": "1002"] : [:],
                flags: flag ? ["http.port=1003"] : []
            )
            let expected = flag ? 1_003 : environment ? 1_002 : file ? 1_001 : 5_004
            #expect(settings.integer("http.port") == expected)
            let origin: Settings.Origin =
                if flag {
                    .flag
                } else if environment {
                    .environment("MUSICBOX_HTTP_PORT")
                } else if file {
                    .file(path, line: 2)
                } else {
                    .standard
                }
            #expect(settings.values["http.port"]?.origin == origin)
        }
    }

    @Test func theLastFlagWins() throws {
        #expect(try settings(flags: ["http.port=1", "http.port=2"]).integer("http.port") == 2)
    }

    @Test func aFlagsValueMayHaveEqualsSigns() throws {
        #expect(try settings(flags: ["storage.directory=/a=b"]).text("storage.directory") == "/a=b")
    }

    @Test func otherVariablesOfTheEnvironmentAreNotOurs() throws {
        #expect(try settings(environment: ["MUSICBOX_": "x", "PATH": "/bin", "HTTP_PORT": "1"]) == settings())
    }

    @Test func everyKeyHasAVariableOfItsOwn() {
        #expect(Set(Setting.all.map(\.variable)).count == Setting.all.count)
        #expect(Setting.byKey["nfc.on_remove"]?.variable == "MUSICBOX_NFC_ON_REMOVE")
    }

    @Test func everyDefaultIsAllowed() throws {
        for setting in Setting.all {
            let text: String =
                switch setting.standard {
                case .text(let text): text
                case .integer(let number): String(number)
                case .flag(let flag): String(flag)
                case .list(let words): words.joined(separator: " ")
                }
            #expect(try setting.value(of: text).get() == setting.standard, "\(setting.key)")
        }
    }

    // MARK: - Mistakes

    @Test(
        "mistakes on the command line",
        arguments: [
            ("http.port", "--set http.port: give it as KEY=VALUE, such as http.port=8080"),
            ("http.prot=1", "--set http.prot=1: unknown key http.prot: did you mean http.port?"),
            ("zzz=1", "--set zzz=1: unknown key zzz: musicboxd config lists all keys"),
            ("=1", "--set =1: unknown key : musicboxd config lists all keys"),
            ("http.port=x", "--set http.port=x: http.port must be a number from 0 to 65535, not \"x\""),
            ("http.port=65536", "--set http.port=65536: http.port must be a number from 0 to 65535, not \"65536\""),
            ("http.port=-1", "--set http.port=-1: http.port must be a number from 0 to 65535, not \"-1\""),
            (
                "nfc.on_remove=eject",
                "--set nfc.on_remove=eject: nfc.on_remove must be keep, pause or stop, not \"eject\""
            ),
            (
                "nfc.play_at_start=maybe",
                "--set nfc.play_at_start=maybe: nfc.play_at_start must be true or false, not \"maybe\""
            ),
        ]
    )
    func flags(flag: String, message: String) {
        #expect(throws: ConfigurationError(message)) { try settings(flags: [flag]) }
    }

    @Test func aMistakeInTheEnvironmentNamesTheVariable() {
        #expect(
            throws: ConfigurationError(
                "environment MUSICBOX_AUDIO_BUFFER_MS: audio.buffer_ms must be a number from 20 to 2000, not \"5\""
            )
        ) {
            try settings(environment: ["MUSICBOX_AUDIO_BUFFER_MS": "5"])
        }
    }

    // MARK: - The file that comes with the box

    @Test func theFileThatComesWithTheBoxIsTheDefaults() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("config/musicbox.yaml").path
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let heading = lines.prefix { $0.hasPrefix("#") || $0.isEmpty }
        #expect(heading.first?.hasPrefix("#") == true, "it begins with words for people")
        let body = lines.dropFirst(heading.count).joined(separator: "\n")
        #expect(body == (try settings().yaml(withOrigins: false)))
        #expect(try settings(path) == settings())
    }

    // MARK: - Printed and read again

    @Test(
        "printed and read again it is the same",
        arguments: [
            "plain", "", "with space", "0.0.0.0", "5004", "true", "Null", "~", "null", "#comment", "a: b", "- a", "-a",
            "a#b",
            "\"quoted\"", "back\\slash", "tab\there", "line\nbreak", "cr\rhere", "bell\u{7}", "nel\u{85}",
            "sep\u{2028}x",
            "Größe 🎵", "'", "[a]", "{a}", "%x", "@x", "`x", "!x", "&x", "*x", "|", ">", "?", ":",
            "pn532_uart:/dev/ttyS0",
        ]
    )
    func roundTrip(text: String) throws {
        let before = try settings(flags: ["http.host=\(text)", "nfc.device=\(text)", "http.developer_page=true"])
        let after = try withFile(before.yaml(withOrigins: false)) { try settings($0) }
        #expect(after.text("http.host") == text)
        #expect(after == before)
        #expect(try withFile(before.yaml(withOrigins: true)) { try settings($0) } == before)
    }

    @Test func aCommandKeepsItsWords() throws {
        let before = try withFile("nfc: {command: [my reader, --device, 'a \"b\"', '']}") { try settings($0) }
        #expect(before.list("nfc.command") == ["my reader", "--device", "a \"b\"", ""])
        #expect(try withFile(before.yaml(withOrigins: false)) { try settings($0) } == before)
        #expect(try settings(flags: ["nfc.command=reader  --fast"]).list("nfc.command") == ["reader", "--fast"])
    }

    @Test func eachValueThatIsNoDefaultSaysWhereItComesFrom() throws {
        try withFile("audio:\n  max_volume: 70\n") { path in
            let text = try settings(path, environment: ["MUSICBOX_LOG_LEVEL": "debug"], flags: ["http.port=1"])
                .yaml(withOrigins: true)
            let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
            #expect(lines.contains("max_volume: 70  # \(path):2"))
            #expect(lines.contains("level: debug  # MUSICBOX_LOG_LEVEL"))
            #expect(lines.contains("port: 1  # --set"))
            #expect(lines.contains("initial_volume: 60"))
        }
    }
}
