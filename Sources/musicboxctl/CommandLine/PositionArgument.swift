/// A place in a track as people write it: `1:23`, `1:02:03`, `83`, `83s`, `83000ms`, `1m30s`, and relative to where the
/// music is now with a sign: `+10`, `-1:00`.
struct PositionArgument: Equatable, Sendable {
    enum Base: Equatable, Sendable {
        case start, forward, backward
    }

    var base: Base
    var milliseconds: Int

    init?(_ text: String) {
        var digits = Substring(text)
        switch digits.first {
        case "+": base = .forward
        case "-", "\u{2212}": base = .backward
        default: base = .start
        }
        if base != .start { digits.removeFirst() }
        guard let value = Self.colons(digits) ?? Self.units(digits), value <= Self.limit else { return nil }
        milliseconds = Int(value.rounded())
    }

    /// The position in a track of `duration` milliseconds (nil: unknown) that plays at `now`, never outside the track.
    func resolved(now: Int, duration: Int?) -> Int {
        let target =
            switch base {
            case .start: milliseconds
            case .forward: now + milliseconds
            case .backward: now - milliseconds
            }
        // An absolute position behind the end is the user's mistake, which the server names; a jump just stops there.
        guard base != .start else { return target }
        return max(0, min(target, duration ?? .max))
    }

    /// No recording is longer than 1,000 hours; the bound keeps sums far from overflow.
    private static let limit = 1000.0 * 3600 * 1000

    /// `h:mm:ss` or `m:ss`, seconds with an optional fraction.
    private static func colons(_ text: Substring) -> Double? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count) else { return nil }
        var total = 0.0
        for (index, part) in parts.enumerated() {
            guard let value = index == parts.count - 1 ? decimal(part) : whole(part) else { return nil }
            guard index == 0 || value < 60 else { return nil }
            total = total * 60 + value
        }
        return total * 1000
    }

    /// `83`, `83s`, `83000ms`, `2h`, `1m30s`; a bare number is seconds, and each unit comes at most once, large to small.
    private static func units(_ text: Substring) -> Double? {
        var rest = text
        var total = 0.0
        var lastScale = Double.infinity
        repeat {
            let number = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            let unit = rest.dropFirst(number.count).prefix { $0.isLetter }
            guard let value = decimal(number), let scale = scales[unit.lowercased()], scale < lastScale else {
                return nil
            }
            total += value * scale
            lastScale = scale
            rest = rest.dropFirst(number.count + unit.count)
        } while !rest.isEmpty
        return total
    }

    private static let scales: [String: Double] = ["": 1000, "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000]

    private static func whole(_ text: Substring) -> Double? {
        text.allSatisfy { ("0"..."9").contains($0) } ? Double(text) : nil
    }

    private static func decimal(_ text: Substring) -> Double? {
        text.allSatisfy { ("0"..."9").contains($0) || $0 == "." } ? Double(text) : nil
    }
}
