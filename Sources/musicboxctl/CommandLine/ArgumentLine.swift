/// Makes what people type acceptable to the argument parser.
///
/// - Global options may stand before the command (`musicboxctl --json status`); the parser wants them behind it.
/// - `seek -10` and `volume -5` mean numbers; the parser takes a leading hyphen for an option, so the hyphen becomes
///   the minus sign U+2212, which the readers of numbers here accept as well.
enum ArgumentLine {
    private static let valueOptions: Set = ["--url", "--timeout"]
    private static let flags: Set = ["--json"]
    private static let numericCommands: Set = ["seek", "volume"]

    static func normalised(_ arguments: [String]) -> [String] {
        var hoisted: [String] = []
        var rest = arguments[...]
        while let option = rest.first, isGlobal(option) {
            hoisted.append(rest.removeFirst())
            if valueOptions.contains(option), !rest.isEmpty {
                hoisted.append(rest.removeFirst())
            }
        }
        guard let command = rest.first else { return arguments }
        var line = Array(rest)
        if numericCommands.contains(command) {
            line = line.map { isNegativeNumber($0) ? "\u{2212}" + $0.dropFirst() : $0 }
        }
        line.insert(contentsOf: hoisted, at: line.firstIndex(of: "--") ?? line.endIndex)
        return line
    }

    private static func isGlobal(_ argument: String) -> Bool {
        flags.contains(argument) || valueOptions.contains { argument == $0 || argument.hasPrefix($0 + "=") }
    }

    private static func isNegativeNumber(_ argument: String) -> Bool {
        let digits = argument.dropFirst()
        return argument.hasPrefix("-") && digits.first.map { $0.isASCII && $0.isNumber } == true
    }
}
