/// How the box is: `data` of GET `/health` (200, or 503 when `unhealthy`) and the payload of `health_status`.
///
/// `components` has `database`, `audio`, `nfc` and `storage`. A missing card or reader makes the box `degraded`, since it
/// still serves and plays what it can; `timestamp` is integer milliseconds since 1970.
package struct Health: Codable, Sendable, Equatable {
    package enum Status: String, Codable, Sendable {
        case healthy, degraded, unhealthy
    }

    /// One part of the box; `message` says for people what is wrong and what to do, and is absent when all is well.
    package struct Component: Codable, Sendable, Equatable {
        package var status: Status
        package var message: String?

        package init(status: Status, message: String? = nil) {
            self.status = status
            self.message = message
        }
    }

    package var status: Status
    package var components: [String: Component]
    package var timestamp: Int

    package init(components: [String: Component], timestamp: Int) {
        let statuses = components.values.map(\.status)
        self.status = statuses.contains(.unhealthy) ? .unhealthy : statuses.contains(.degraded) ? .degraded : .healthy
        self.components = components
        self.timestamp = timestamp
    }
}
