/// The command line of `musicbox-reader`.
struct Options {
    /// A libnfc connection string such as `pn532_uart:/dev/ttyS0`; nil for libnfc's own search.
    var device: String?
    /// Milliseconds from the start of one poll to the start of the next.
    var pollMilliseconds = 50
    /// Milliseconds that a tag must be missed before it counts as removed.
    var removalMilliseconds = 600

    static let usage = """
        usage: musicbox-reader [--device CONNSTRING] [--poll-ms 50] [--removal-ms 600]

        Watches an NFC reader through libnfc and writes a line for each tag that comes or goes.
        Ends at the end of its standard input and at SIGTERM.

          --device CONNSTRING  such as pn532_uart:/dev/ttyS0 or pn532_i2c:/dev/i2c-1
                               (default: what libnfc is configured with or finds)
          --poll-ms N          5 to 1000 milliseconds from poll to poll (default 50)
          --removal-ms N       50 to 10000 milliseconds without the tag before it is removed (default 600)

        """

    enum Failure: Error {
        case help
        case invalid(String)
    }

    /// Reads the arguments that follow the program's name.
    init(_ arguments: some Sequence<String>) throws(Failure) {
        var arguments = Array(arguments)[...]
        while var name = arguments.popFirst() {
            if name == "--help" || name == "-h" { throw .help }
            var value: String?
            if let equals = name.firstIndex(of: "=") {
                value = String(name[name.index(after: equals)...])
                name = String(name[..<equals])
            }
            guard let value = value ?? arguments.popFirst() else { throw .invalid("\(name) needs a value") }
            switch name {
            case "--device": device = value.isEmpty ? nil : value
            case "--poll-ms": pollMilliseconds = try Self.number(value, of: name, in: 5...1000)
            case "--removal-ms": removalMilliseconds = try Self.number(value, of: name, in: 50...10_000)
            default: throw .invalid("unknown option \(name)")
            }
        }
    }

    private static func number(
        _ text: String,
        of name: String,
        in range: ClosedRange<Int>
    ) throws(Failure) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw .invalid("\(name) must be \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return number
    }
}
