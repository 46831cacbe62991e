import MusicBoxAPI

/// The state of the player in words.
struct PlayerText {
    let state: PlayerState

    /// One line: `playing  Frère Jacques (2 of 3)  Lullabies  0:12 of 0:45`.
    var line: String {
        guard let title = state.activeTrackTitle else { return "\(mode)  nothing loaded" }
        var parts = [mode, "\(title)\(place)"]
        if let playlist = state.activePlaylistTitle { parts.append(playlist) }
        parts.append(position)
        if let message = state.errorMessage { parts.append(message) }
        return parts.joined(separator: "  ").printable
    }

    /// One fact per line, with the names of the facts in a column of their own.
    func card(style: Style) -> [String] {
        var facts: [(String, String)] = []
        facts.append((mode, (state.activeTrackTitle ?? "nothing loaded") + place))
        if let artist = state.activeTrack?.artist, !artist.isEmpty { facts.append(("artist", artist)) }
        if let playlist = state.activePlaylistTitle { facts.append(("playlist", playlist)) }
        if state.activeTrackTitle != nil { facts.append(("position", position)) }
        facts.append(("volume", Self.volume(state.volume, muted: state.muted)))
        if let message = state.errorMessage { facts.append(("error", message)) }
        let width = facts.map(\.0.columns).max() ?? 0
        return facts.enumerated().map { index, fact in
            let name = fact.0.padded(to: width)
            return "\(index == 0 ? style(name, look) : style(name, .dim))  \(fact.1.printable)"
        }
    }

    static func volume(_ volume: Int, muted: Bool) -> String {
        muted ? "\(volume) % (muted)" : "\(volume) %"
    }

    var mode: String { state.state.rawValue }

    var position: String {
        "\(DurationText.text(milliseconds: state.positionMs)) of \(DurationText.text(milliseconds: state.durationMs))"
    }

    private var place: String {
        guard let number = state.activeTrackNumber, state.trackCount > 0 else { return "" }
        return " (\(number) of \(state.trackCount))"
    }

    private var look: Style.Look {
        switch state.state {
        case .playing: .green
        case .error: .red
        case .paused, .loading: .yellow
        case .stopped: .bold
        }
    }
}
