/// How text looks on a terminal that shows colours; elsewhere it stays plain.
struct Style: Sendable {
    enum Look: String, Sendable {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    let isColoured: Bool

    func callAsFunction(_ text: String, _ look: Look) -> String {
        isColoured ? "\u{1B}[\(look.rawValue)m\(text)\u{1B}[0m" : text
    }
}
