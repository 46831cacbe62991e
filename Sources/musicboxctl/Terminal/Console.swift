import FoundationEssentials
import MusicBoxAPI

/// Where a command prints: results for people or JSON to standard output, remarks to standard error.
struct Console: Sendable {
    let json: Bool
    let output = FileOutput.standardOutput
    let remarks = FileOutput.standardError

    init(json: Bool) {
        self.json = json
    }

    var style: Style { style(for: output) }

    /// Colours only where a person looks, and not against the user's wish (no-color.org) or a terminal without any.
    func style(for file: FileOutput) -> Style {
        let environment = ProcessInfo.processInfo.environment
        let refused = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        return Style(isColoured: file.isTerminal && !refused && environment["TERM"] != "dumb")
    }

    /// The columns that a table may take: all of a terminal, any number elsewhere.
    var width: Int? { output.isTerminal ? output.columns : nil }

    /// Prints one line of a result.
    func line(_ text: String) {
        output.write(text + "\n")
    }

    /// Prints one line that is no result: progress, what was skipped.
    func remark(_ text: String) {
        remarks.write(text + "\n")
    }

    /// Prints `value` as one line of JSON.
    func document(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        line(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Prints an answer: the server's data with `--json`, else the lines that `people` makes of it.
    func show(_ reply: MusicBoxReply, people: () throws -> [String]) throws {
        if json {
            try document(reply.json)
        } else {
            try people().forEach(line)
        }
    }
}
