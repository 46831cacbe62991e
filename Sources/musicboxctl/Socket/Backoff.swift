/// How long to wait before the next attempt to connect: 0.5 s, doubled each time, at most 10 s.
///
/// Not random: a phone's or shell's single connection cannot stampede the box.
struct Backoff {
    private static let first = Duration.milliseconds(500)
    private static let longest = Duration.seconds(10)

    private var upcoming = first

    mutating func next() -> Duration {
        defer { upcoming = min(upcoming * 2, Self.longest) }
        return upcoming
    }

    /// The connection stood: the next loss is a new one.
    mutating func reset() {
        upcoming = Self.first
    }
}
