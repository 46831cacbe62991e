/// Milliseconds as a player shows them: `0:07`, `12:34`, `1:02:03`.
enum DurationText {
    static func text(milliseconds: Int) -> String {
        let seconds = max(0, milliseconds) / 1000
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        let tail = twoDigits(seconds % 60)
        return hours > 0 ? "\(hours):\(twoDigits(minutes)):\(tail)" : "\(minutes):\(tail)"
    }

    /// As `text`, and a dash where the duration is not known.
    static func text(milliseconds: Int?) -> String {
        milliseconds.map { text(milliseconds: $0) } ?? "-"
    }

    private static func twoDigits(_ value: Int) -> String {
        value < 10 ? "0\(value)" : "\(value)"
    }
}
