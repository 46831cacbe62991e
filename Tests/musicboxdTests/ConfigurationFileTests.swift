import Foundation
import Testing

@testable import musicboxd

@Suite struct ConfigurationFileTests {
    private func message(_ text: String) -> String? {
        do {
            _ = try ConfigurationFile.parse(text, path: "box.yaml")
            return nil
        } catch {
            return (error as? ConfigurationError)?.message ?? "another error: \(error)"
        }
    }

    @Test(
        "mistakes are named with their line and what helps",
        arguments: [
            ("http:\n  prot: 1\n", "box.yaml:2: unknown key http.prot: did you mean http.port?"),
            (
                "nfc:\n  on_remove: keep\n  on_remov: keep\n",
                "box.yaml:3: unknown key nfc.on_remov: did you mean nfc.on_remove?"
            ),
            ("music: loud\n", "box.yaml:1: unknown key music: musicboxd config lists all keys"),
            ("http:\n  port: fast\n", "box.yaml:2: http.port must be a number from 0 to 65535, not \"fast\""),
            ("http:\n  port: 5004.0\n", "box.yaml:2: http.port must be a number from 0 to 65535, not \"5004.0\""),
            ("\n\nhttp:\n\n  port: 70000\n", "box.yaml:5: http.port must be a number from 0 to 65535, not \"70000\""),
            ("http:\n  host: [a, b]\n", "box.yaml:2: http.host must be a single value"),
            ("http:\n  host: {a: b}\n", "box.yaml:2: http.host must be a single value"),
            ("nfc:\n  command: [a, [b]]\n", "box.yaml:2: nfc.command must be a list of words"),
            ("nfc:\n  command: {a: b}\n", "box.yaml:2: nfc.command must be a single value"),
            (
                "nfc:\n  on_repeat: dance\n",
                "box.yaml:2: nfc.on_repeat must be nothing, restart, next or pause, not \"dance\""
            ),
            ("nfc:\n  play_at_start: 1\n", "box.yaml:2: nfc.play_at_start must be true or false, not \"1\""),
            ("http: 5004\n", "box.yaml:1: http holds keys, not a value"),
            ("http: [5004]\n", "box.yaml:1: http holds keys, not a value"),
            ("just words\n", "box.yaml:1: the file must hold keys with values, such as http: {port: 5004}"),
            ("- http\n", "box.yaml:1: the file must hold keys with values, such as http: {port: 5004}"),
            ("http:\n  port: 1\n  port: 2\n", "box.yaml:2: not valid YAML: port stands there more than once"),
            (
                "http:\n  port: 1\nlog:\nhttp:\n  port: 2\n",
                "box.yaml:1: not valid YAML: http stands there more than once"
            ),
        ]
    )
    func mistakes(text: String, expected: String) {
        #expect(message(text) == expected)
    }

    @Test(
        "what is no YAML is named with its line",
        arguments: [
            ("http:\n  port: [1\nlog: x\n", "box.yaml:3: not valid YAML: "),
            ("http:\n\tport: 1\n", "box.yaml:2: not valid YAML: "),
            ("http: {port: 1\n", "box.yaml:2: not valid YAML: "),
            ("a: 1\n---\nb: 2\n", "box.yaml"),
            ("http: *nothing\n", "box.yaml"),
        ]
    )
    func noYAML(text: String, beginning: String) throws {
        let message = try #require(self.message(text))
        #expect(message.hasPrefix(beginning), "\(message)")
        #expect(message.hasPrefix("box.yaml"))
        #expect(!message.contains("another error"))
    }

    @Test(
        "nothing is said, nothing is set",
        arguments: [
            "", "\n\n", "# a comment\n", "~\n", "null\n", "---\n", "http:\n", "http: {}\n", "http:\nlog:\n",
            "http: ~\n",
            "http:\n  host:\n", "http:\n  port: ~\n", "storage:\n  directory: null\n",
        ]
    )
    func empty(text: String) throws {
        #expect(try ConfigurationFile.parse(text, path: "box.yaml") == [])
    }

    @Test func valuesComeWithTheirPlace() throws {
        let text = """
            # heading
            http: {port: 80, host: "::"}
            nfc:
              command: [reader, --fast]
              play_at_start: yes
              device: ""
            log.level: debug
            """
        #expect(
            try ConfigurationFile.parse(text, path: "box.yaml") == [
                .init(key: "http.port", value: .integer(80), line: 2),
                .init(key: "http.host", value: .text("::"), line: 2),
                .init(key: "nfc.command", value: .list(["reader", "--fast"]), line: 4),
                .init(key: "nfc.play_at_start", value: .flag(true), line: 5),
                .init(key: "nfc.device", value: .text(""), line: 6),
                .init(key: "log.level", value: .text("debug"), line: 7),
            ]
        )
    }

    @Test func aFileThatIsNotThereIsNamed() {
        #expect(throws: ConfigurationError("/nowhere/box.yaml: cannot be read: No such file or directory")) {
            try ConfigurationFile.read("/nowhere/box.yaml")
        }
    }

    @Test func aDirectoryIsNoFile() {
        #expect(throws: ConfigurationError("/tmp: cannot be read: Is a directory")) {
            try ConfigurationFile.read("/tmp")
        }
    }

    @Test func whatIsNoTextIsRefused() throws {
        try withFile(Data([0x68, 0xFF, 0xFE, 0x0A])) { path in
            #expect(throws: ConfigurationError("\(path): not text in UTF-8")) { try ConfigurationFile.read(path) }
        }
    }

    @Test func whatIsTooLargeIsRefused() throws {
        try withFile(String(repeating: "# a line\n", count: 200_000)) { path in
            #expect(throws: ConfigurationError("\(path): too large for a configuration")) {
                try ConfigurationFile.read(path)
            }
        }
    }

    @Test(
        "the nearest key",
        arguments: [
            ("http.prot", "http.port"), ("nfc.pollms", "nfc.poll_ms"), ("audio.volume", "audio.max_volume"),
            ("log.levle", "log.level"), ("x", nil),
        ]
    )
    func nearest(key: String, known: String?) {
        #expect(Setting.nearest(to: key) == known)
    }

    @Test(
        "edit distance",
        arguments: [
            ("", "", 0), ("a", "", 1), ("", "abc", 3), ("kitten", "sitting", 3), ("abc", "abc", 0), ("ab", "ba", 2),
        ]
    )
    func editDistance(left: String, right: String, distance: Int) {
        #expect(Setting.editDistance(left, right) == distance)
        #expect(Setting.editDistance(right, left) == distance)
    }
}
