/// One key of the configuration: its name, what it may be, its default, and a line for people.
struct Setting: Sendable {
    enum Kind: Sendable {
        case text
        case integer(ClosedRange<Int>)
        case flag
        case choice([String])
        /// A program and its arguments: a YAML list, or one text split at spaces.
        case command
    }

    var key: String
    var kind: Kind
    var standard: SettingValue
    var help: String

    /// The environment variable of the same meaning.
    var variable: String { "MUSICBOX_" + key.uppercased().map { $0 == "." ? "_" : String($0) }.joined() }

    /// Makes a value of `text`, or says what it must be.
    func value(of text: String) -> Result<SettingValue, SettingProblem> {
        switch kind {
        case .text: return .success(.text(text))
        case .integer(let range):
            guard let number = Int(text), range.contains(number) else {
                return .failure(.init("must be a number from \(range.lowerBound) to \(range.upperBound)"))
            }
            return .success(.integer(number))
        case .flag:
            switch text {
            case "true", "yes", "on": return .success(.flag(true))
            case "false", "no", "off": return .success(.flag(false))
            default: return .failure(.init("must be true or false"))
            }
        case .choice(let names):
            guard names.contains(text) else {
                return .failure(.init("must be \(names.dropLast().joined(separator: ", ")) or \(names.last ?? "")"))
            }
            return .success(.text(text))
        case .command: return .success(.list(text.split(separator: " ").map(String.init)))
        }
    }
}

/// The value of a key.
enum SettingValue: Sendable, Equatable {
    case text(String)
    case integer(Int)
    case flag(Bool)
    case list([String])
}

/// What a value must be and is not.
struct SettingProblem: Error, Sendable, Equatable {
    var message: String

    init(_ message: String) { self.message = message }
}
