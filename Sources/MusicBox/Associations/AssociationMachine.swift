package import NFC

/// The association sessions: what starts, changes and ends them. Pure; time and ids come from outside, and what is to be
/// done is returned as actions.
///
/// One session per playlist. While any listens, no tag starts playback: a tag goes to the session that was started last.
/// A tag that a session has used starts nothing until it was lifted once.
package struct AssociationMachine: Sendable {
    package enum Action: Sendable, Equatable {
        /// To be answered with ``AssociationMachine/bound(_:to:)`` or ``AssociationMachine/failed(_:message:)``.
        case bind(TagID, session: String, playlistID: String)
        case announce(AssociationSession)
    }

    /// Sessions that listen at the same time, for different playlists; more than a household has parents.
    package static let limit = 16
    package static let timeouts: ClosedRange<Duration> = .milliseconds(1) ... .seconds(3_600)

    /// In the order they were started.
    package private(set) var live: [AssociationSession] = []
    /// Used by a session and still on the reader.
    package private(set) var usedTag: TagID?

    package init() {}

    package var isListening: Bool { !live.isEmpty }

    /// When the next session is over.
    package var nextDeadline: ContinuousClock.Instant? { live.map(\.deadline).min() }

    /// - Throws: ``BoxError/invalid(_:)``, ``BoxError/conflict(_:)``.
    package mutating func start(
        id: String,
        playlistID: String,
        title: String,
        timeout: Duration,
        now: ContinuousClock.Instant,
        wallMs: Int
    ) throws(BoxError) -> [Action] {
        guard Self.timeouts.contains(timeout) else {
            throw .invalid("the timeout must be 1 ms to \(Self.timeouts.upperBound.components.seconds) s")
        }
        if let other = live.first(where: { $0.playlistID == playlistID }) {
            throw .conflict("session \(other.id) listens for a tag of playlist \(playlistID) already: stop it first")
        }
        guard live.count < Self.limit else {
            throw .conflict("\(Self.limit) sessions listen for tags already: stop one first")
        }
        let session = AssociationSession(
            id: id,
            playlistID: playlistID,
            playlistTitle: title,
            startedMs: wallMs,
            timeout: timeout,
            deadline: now.advanced(by: timeout)
        )
        live.append(session)
        return [.announce(session)]
    }

    /// A tag was placed that belongs to `owner`, or to nobody.
    ///
    /// - Returns: nil when it is none of the sessions' business, and playback may have it.
    package mutating func placed(_ tag: TagID, owner: AssociationSession.OtherPlaylist?) -> [Action]? {
        guard let session = live.last else {
            if usedTag == tag { return [] }
            usedTag = nil
            return nil
        }
        usedTag = tag
        guard let owner else { return [.bind(tag, session: session.id, playlistID: session.playlistID)] }
        if owner.id == session.playlistID { return end(session.id, .success(tag)) }
        let state = AssociationSession.State.duplicate(tag, of: owner)
        // The same tag again is no news.
        guard session.state != state else { return [] }
        live[live.count - 1].state = state
        return [.announce(live[live.count - 1])]
    }

    package mutating func removed(_ tag: TagID) {
        if usedTag == tag { usedTag = nil }
    }

    /// What `bind` asked for was done.
    package mutating func bound(_ tag: TagID, session id: String) -> [Action] { end(id, .success(tag)) }

    package mutating func failed(_ id: String, tag: TagID?, message: String) -> [Action] {
        end(id, .failed(tag, message: message))
    }

    /// Somebody has bound `tag` to a playlist by other means: that ends the session that waited for this decision, and
    /// with `isOverride` any session of the playlist.
    package mutating func boundElsewhere(_ tag: TagID, to playlistID: String, isOverride: Bool) -> [Action] {
        guard let session = live.first(where: { $0.playlistID == playlistID }) else { return [] }
        guard isOverride || session.tag == tag else { return [] }
        return end(session.id, .success(tag))
    }

    /// - Returns: nil when there is no such session.
    package mutating func stop(_ id: String) -> [Action]? {
        live.contains { $0.id == id } ? end(id, .stopped) : nil
    }

    package mutating func playlistDeleted(_ playlistID: String) -> [Action] {
        var actions: [Action] = []
        if let session = live.first(where: { $0.playlistID == playlistID }) {
            actions += end(session.id, .failed(nil, message: "The playlist was deleted"))
        }
        // What stood in the way of a binding is gone: the tag can be placed again.
        for index in live.indices {
            guard case .duplicate(_, let other) = live[index].state, other.id == playlistID else { continue }
            live[index].state = .listening
            actions.append(.announce(live[index]))
        }
        return actions
    }

    package mutating func timeReached(_ now: ContinuousClock.Instant) -> [Action] {
        live.filter { $0.deadline <= now }.flatMap { end($0.id, .timeout) }
    }

    private mutating func end(_ id: String, _ state: AssociationSession.State) -> [Action] {
        guard let index = live.firstIndex(where: { $0.id == id }) else { return [] }
        var session = live.remove(at: index)
        session.state = state
        return [.announce(session)]
    }
}
