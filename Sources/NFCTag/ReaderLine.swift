/// One line of the protocol between a reader process and the daemon (see the article "Writing a reader").
package enum ReaderLine: Sendable, Equatable {
    /// The reader works; from here on nothing lies on it until it says so. The name is for people.
    case ready(name: String)
    /// A tag was put down; the time is CLOCK_MONOTONIC at first sight, if the reader knows it.
    case placed(TagID, seenAtNanoseconds: UInt64?)
    /// The tag was lifted.
    case removed(TagID)
    /// The loop that looks for tags has made progress in the last second.
    case alive
    /// The reader does not work until the next `ready`.
    case error(code: String, message: String)

    /// The longest line in bytes, without its line feed.
    package static let maximumLength = 256

    /// The code of `error` that means "no reader found", as opposed to one that broke.
    package static let missingCode = "missing"

    /// Reads one line without its line feed. Returns nil for an unknown word or a field that cannot be read.
    ///
    /// Fields that come after the known ones are ignored, so that newer readers can say more.
    package init?(_ line: String) {
        // The one that comes each second is not taken apart.
        if line == "alive" {
            self = .alive
            return
        }
        let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard let verb = words.first else { return nil }
        let rest = words.count > 1 ? words[1].drop { $0 == " " } : ""
        let fields = rest.split(separator: " ")
        switch verb {
        case "ready":
            self = .ready(name: rest.isEmpty ? "reader" : String(rest))
        case "placed":
            guard let tag = fields.first.flatMap({ TagID(String($0)) }) else { return nil }
            var seenAt: UInt64?
            for field in fields.dropFirst() where field.hasPrefix("t=") {
                guard let time = UInt64(field.dropFirst(2)) else { return nil }
                seenAt = time
            }
            self = .placed(tag, seenAtNanoseconds: seenAt)
        case "removed":
            guard let tag = fields.first.flatMap({ TagID(String($0)) }) else { return nil }
            self = .removed(tag)
        case "alive":
            self = .alive
        case "error":
            guard let code = fields.first else { return nil }
            self = .error(code: String(code), message: String(rest.dropFirst(code.count).drop { $0 == " " }))
        default:
            return nil
        }
    }

    /// The line without its line feed, at most ``maximumLength`` bytes; control characters in free text become spaces.
    package var text: String {
        switch self {
        case .ready(let name): Self.bounded("ready \(name)")
        case .placed(let tag, let seenAt?): "placed \(tag) t=\(seenAt)"
        case .placed(let tag, nil): "placed \(tag)"
        case .removed(let tag): "removed \(tag)"
        case .alive: "alive"
        case .error(let code, let message): Self.bounded("error \(code) \(message)")
        }
    }

    private static func bounded(_ text: String) -> String {
        var result = ""
        var length = 0
        for scalar in text.unicodeScalars {
            let safe = scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar
            length += UTF8.width(safe)
            guard length <= maximumLength else { break }
            result.unicodeScalars.append(safe)
        }
        return result
    }
}
