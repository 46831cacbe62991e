/// A change of the volume as people write it: `40`, `40%`, `+5`, `-5`, `mute`, `unmute`.
enum VolumeArgument: Equatable, Sendable {
    case to(Int)
    case by(Int)
    case mute
    case unmute

    init?(_ text: String) {
        switch text.lowercased() {
        case "mute": self = .mute
        case "unmute": self = .unmute
        default:
            let number = text.hasSuffix("%") ? text.dropLast() : text[...]
            let digits = number.drop { "+-\u{2212}".contains($0) }
            guard number.count - digits.count <= 1, digits.allSatisfy({ ("0"..."9").contains($0) }),
                let value = Int(digits), (0...100).contains(value)
            else { return nil }
            switch number.first {
            case "+": self = .by(value)
            case "-", "\u{2212}": self = .by(-value)
            default: self = .to(value)
            }
        }
    }
}
