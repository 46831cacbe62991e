import MusicBox

/// The payload of `health_error`: a part of the box that fails; `timestamp` is milliseconds since 1970.
struct HealthFailure: Encodable, Sendable {
    var error: String
    var component: String
    var timestamp: Int

    /// Nil for a part that is well.
    init?(_ report: HealthReport, part: HealthReport.Part, timestampMs: Int) {
        let finding = report[part]
        guard finding.condition != .healthy else { return nil }
        error = finding.message ?? "\(part.rawValue) fails"
        component = part.rawValue
        timestamp = timestampMs
    }
}
