import MusicBoxAPI

/// The health of the box in words, the worst parts first.
struct HealthText {
    let health: Health

    func lines(style: Style) -> [String] {
        let parts = health.components.sorted { first, second in
            let ranks = (rank(first.value.status), rank(second.value.status))
            return ranks.0 == ranks.1 ? first.key < second.key : ranks.0 > ranks.1
        }
        let rows = [("box", Health.Component(status: health.status))] + parts.map { ($0.key, $0.value) }
        let width = rows.map(\.0.columns).max() ?? 0
        return rows.map { name, part in
            let word = part.message == nil ? part.status.rawValue : part.status.rawValue.padded(to: 9)
            let text = "\(name.printable.padded(to: width))  \(style(word, look(part.status)))"
            return part.message.map { "\(text)  \($0.printable)" } ?? text
        }
    }

    private func rank(_ status: Health.Status) -> Int {
        switch status {
        case .healthy: 0
        case .degraded: 1
        case .unhealthy: 2
        }
    }

    private func look(_ status: Health.Status) -> Style.Look {
        switch status {
        case .healthy: .green
        case .degraded: .yellow
        case .unhealthy: .red
        }
    }
}
