/// How the box is, part by part.
package struct HealthReport: Sendable, Equatable {
    package enum Part: String, Sendable, CaseIterable {
        case database, audio, nfc, storage
    }

    package enum Condition: Int, Sendable, Comparable {
        case healthy, degraded, unhealthy

        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    package struct Finding: Sendable, Equatable {
        package var condition: Condition
        /// What is wrong and what helps, for people; nil when nothing is.
        package var message: String?

        package static let healthy = Finding(condition: .healthy, message: nil)
        package static func degraded(_ message: String) -> Self { .init(condition: .degraded, message: message) }
        package static func unhealthy(_ message: String) -> Self { .init(condition: .unhealthy, message: message) }
    }

    package private(set) var findings: [Part: Finding]

    package init() {
        findings = Dictionary(uniqueKeysWithValues: Part.allCases.map { ($0, .healthy) })
    }

    package subscript(part: Part) -> Finding {
        get { findings[part] ?? .healthy }
        set { findings[part] = newValue }
    }

    /// The worst of the parts.
    package var overall: Condition { findings.values.map(\.condition).max() ?? .healthy }
}
