import MusicBoxAPI

/// Turns the stream of the box's events into what a person wants to read: one line per change, and where the music is.
///
/// The box repeats itself (snapshots after each join, a full state after each change), so everything is compared with
/// what was said last.
struct WatchLog {
    private(set) var player: PlayerState?
    private var titles: [String: String] = [:]
    private var health: Health.Status?
    private var knowsLibrary = false

    /// Positions follow each other at 200 ms; a jump this far off is somebody seeking, not a late event.
    private static let jump = 1500

    /// The lines that the event is worth.
    mutating func receive(_ name: String, _ payload: JSONValue) -> [String] {
        let data = payload["data"] ?? payload
        switch name {
        case EventName.statePlayer:
            return data.decode(PlayerState.self).map { receive($0) } ?? []
        case EventName.stateTrackPosition:
            movePosition(data)
            return []
        case EventName.stateVolumeChanged:
            return volumeChanged(data)
        case EventName.tagScanned:
            return tagScanned(data)
        case EventName.healthStatus, EventName.healthError:
            return healthChanged(name, data)
        default:
            return libraryChanged(name, data)
        }
    }

    /// The connection was lost: what is said next is news again.
    mutating func forget() {
        self = WatchLog()
    }

    /// The live line: `playing  0:12 of 0:45  Frère Jacques`; nil when nothing is loaded.
    var positionLine: String? {
        guard let player, let title = player.activeTrackTitle else { return nil }
        let text = PlayerText(state: player)
        return "\(text.mode)  \(text.position)  \(title)".printable
    }

    private mutating func receive(_ state: PlayerState) -> [String] {
        defer { player = state }
        let text = PlayerText(state: state)
        guard let before = player else {
            return [text.line, "volume  \(PlayerText.volume(state.volume, muted: state.muted))"]
        }
        var lines: [String] = []
        if before.state != state.state || before.activeTrackID != state.activeTrackID
            || before.activePlaylistID != state.activePlaylistID || before.errorMessage != state.errorMessage
        {
            lines.append(text.line)
        } else if abs(before.positionMs - state.positionMs) > Self.jump {
            lines.append("position  \(text.position)")
        }
        if before.volume != state.volume || before.muted != state.muted {
            lines.append("volume  \(PlayerText.volume(state.volume, muted: state.muted))")
        }
        return lines
    }

    private mutating func movePosition(_ data: JSONValue) {
        // A position of the track before may still be under way when the next one was announced.
        guard let position = data["position_ms"]?.int, player?.activeTrackID == data["track_id"]?.string else { return }
        player?.positionMs = position
    }

    private mutating func volumeChanged(_ data: JSONValue) -> [String] {
        guard let volume = data["volume"]?.int, let muted = data["muted"]?.bool else { return [] }
        guard player?.volume != volume || player?.muted != muted else { return [] }
        player?.volume = volume
        player?.muted = muted
        return ["volume  \(PlayerText.volume(volume, muted: muted))"]
    }

    private func tagScanned(_ data: JSONValue) -> [String] {
        guard let tag = data["tag_id"]?.string else { return [] }
        guard let id = data["playlist_id"]?.string else {
            return ["tag  \(tag)  unknown (musicboxctl bind \(tag) PLAYLIST)".printable]
        }
        return ["tag  \(tag)  \(title(of: id))".printable]
    }

    private mutating func healthChanged(_ name: String, _ data: JSONValue) -> [String] {
        if name == EventName.healthError {
            let component = data["component"]?.string ?? "box"
            return ["health  \(component): \(data["error"]?.string ?? "failed")".printable]
        }
        guard let word = data["status"]?.string, let status = Health.Status(rawValue: word), status != health else {
            return []
        }
        health = status
        return ["health  \(word)"]
    }

    private mutating func libraryChanged(_ name: String, _ data: JSONValue) -> [String] {
        let id = data["playlist_id"]?.string ?? ""
        switch name {
        case EventName.statePlaylists:
            return learnTitles(data)
        case EventName.statePlaylistCreated, EventName.statePlaylistUpdated:
            if let title = data["playlist"]?["title"]?.string { titles[id] = title }
            return [
                "playlist  \(title(of: id))  \(name == EventName.statePlaylistCreated ? "created" : "changed")"
                    .printable
            ]
        case EventName.statePlaylistDeleted:
            defer { titles[id] = nil }
            return ["playlist  \(title(of: id))  deleted".printable]
        case EventName.stateTrackAdded:
            return ["playlist  \(title(of: id))  + \(data["track"]?["title"]?.string ?? "a track")".printable]
        case "state:track_deleted":
            let count = data["track_ids"]?.array?.count ?? data["track_numbers"]?.array?.count ?? 1
            return ["playlist  \(title(of: id))  - \(count == 1 ? "1 track" : "\(count) tracks")".printable]
        case "upload:error":
            return ["upload  \(title(of: id))  failed: \(data["error"]?.string ?? "no reason given")".printable]
        case "nfc_association_state":
            return ["binding  \(data["state"]?.string ?? "")  \(data["message"]?.string ?? "")".printable]
        case "youtube:complete":
            return ["download  \(data["track"]?["title"]?.string ?? "")  done".printable]
        case "youtube:error":
            return ["download  failed: \(data["message"]?.string ?? "no reason given")".printable]
        default:
            return []
        }
    }

    /// The whole list comes after each change, which has a line of its own already.
    private mutating func learnTitles(_ data: JSONValue) -> [String] {
        let playlists = data["playlists"]?.array ?? []
        titles = [:]
        for playlist in playlists {
            if let id = playlist["id"]?.string { titles[id] = playlist["title"]?.string }
        }
        defer { knowsLibrary = true }
        return knowsLibrary ? [] : ["library  \(playlists.count == 1 ? "1 playlist" : "\(playlists.count) playlists")"]
    }

    private func title(of id: String) -> String {
        titles[id] ?? id
    }
}
