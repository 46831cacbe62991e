import MusicLibrary

/// What the sound engine reports. A report of a request that is neither current nor prepared is stale: no action.
extension PlayerMachine {
    package mutating func started(request: UInt64) -> [PlayerAction] {
        if request == current?.id {
            guard current?.hasStarted == false else { return [] }
            current?.hasStarted = true
            return begin(announce: state == .loading)
        }
        if let attempt = prepared, attempt.id == request {
            // The engine has nothing prepared any more: what comes next needs no taking back.
            prepared = nil
            return join(attempt)
        }
        guard let attempt = retired, attempt.id == request, let queue else { return [] }
        // Taken back too late: it sounds. It is the current track now, or has to make room if it is in the list no more.
        if let index = queue.playlist.tracks.firstIndex(where: { $0.id == attempt.trackID }) {
            return join(Attempt(id: attempt.id, index: index, trackID: attempt.trackID))
        }
        return queue.hasNext ? goOn(at: queue.index + 1) : [.stop] + end(queue)
    }

    private mutating func join(_ attempt: Attempt) -> [PlayerAction] {
        retired = nil
        streamTitle = nil
        current = attempt
        current?.hasStarted = true
        queue?.index = attempt.index
        restMs = 0
        isSeeking = false
        return begin(announce: true)
    }

    private mutating func begin(announce: Bool) -> [PlayerAction] {
        guard let queue else { return [] }
        somethingPlayed = true
        if state == .loading { state = .playing }
        var actions = prepare(index: queue.index + 1)
        if announce { actions.append(.announceState) }
        actions.append(.saveResume(playlistID: queue.id, trackID: queue.track.id, positionMs: restMs))
        actions.append(.countPlay(trackID: queue.track.id))
        return actions
    }

    /// The fade is over: `positionMs` is what the listener heard last.
    package mutating func paused(request: UInt64, positionMs: Int) -> [PlayerAction] {
        guard request == current?.id, case .paused = state, let queue, !isSeeking else { return [] }
        restMs = positionMs
        return [
            .saveResume(playlistID: queue.id, trackID: queue.track.id, positionMs: positionMs),
            .announcePosition,
        ]
    }

    package mutating func seeked(request: UInt64, positionMs: Int) -> [PlayerAction] {
        guard request == current?.id, isSeeking else { return [] }
        isSeeking = false
        restMs = positionMs
        return [.announcePosition]
    }

    package mutating func finished(request: UInt64) -> [PlayerAction] {
        guard request == current?.id, let queue else { return [] }
        // The next one came too late for a joint, or the engine had dropped it: it still is the next one.
        if let prepared { return goOn(at: prepared.index) }
        return fellAsleepAtEnd() ?? end(queue)
    }

    /// Goes on with the track at `index` by itself: a pause that somebody asked for meanwhile stays one.
    mutating func goOn(at index: Int) -> [PlayerAction] {
        let before = state
        var actions = load(index: index, positionMs: 0)
        if case .paused = before {
            state = before
            actions.insert(.pause, at: 1)
        }
        return actions
    }

    package mutating func failed(request: UInt64, message: String) -> [PlayerAction] {
        guard let queue else { return [] }
        if request == current?.id {
            errorMessage = message
            if queue.hasNext { return goOn(at: queue.index + 1) }
            if somethingPlayed { return end(queue) }
            state = .failed
            current = nil
            prepared = nil
            retired = nil
            restMs = 0
            isSeeking = false
            return [.announceState, .announcePosition]
        }
        guard let attempt = prepared, attempt.id == request else { return [] }
        errorMessage = message
        return prepare(index: attempt.index + 1) + [.announceState]
    }

    package mutating func damaged(request: UInt64, message: String) -> [PlayerAction] {
        guard request == current?.id || request == prepared?.id else { return [] }
        return report(message)
    }

    /// The network is slower than the music: `loading` until it goes on.
    package mutating func buffering(request: UInt64, isWaiting: Bool, heard: SoundPosition?) -> [PlayerAction] {
        guard request == current?.id, current?.hasStarted == true else { return [] }
        switch state {
        case .playing where isWaiting:
            restMs = positionMs(heard: heard)
            state = .loading
        case .loading where !isWaiting: state = .playing
        default: return []
        }
        return [.announceState, .announcePosition]
    }

    package mutating func titled(request: UInt64, _ title: String) -> [PlayerAction] {
        let title = title.isEmpty ? nil : title
        guard request == current?.id, title != streamTitle else { return [] }
        streamTitle = title
        return [.announceState]
    }

    mutating func end(_ queue: PlayerQueue) -> [PlayerAction] {
        // The playlist was over before the time to sleep was, or was waited for: either way there is nothing to end.
        let unfade = wokeUp()
        if sleep?.end.isPlace == true { sleep = nil }
        state = .stopped(atEnd: true)
        restMs = queue.track.durationMs ?? restMs
        current = nil
        prepared = nil
        retired = nil
        isSeeking = false
        return unfade + [.clearResume(playlistID: queue.id), .announceState, .announcePosition]
    }
}
