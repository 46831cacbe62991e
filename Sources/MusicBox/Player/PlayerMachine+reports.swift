import MusicLibrary

/// What the sound engine reports. A report of a request that is neither current nor prepared is stale: no action.
extension PlayerMachine {
    package mutating func started(request: UInt64) -> [PlayerAction] {
        if request == current?.id {
            current?.hasStarted = true
            return begin(announce: state == .loading)
        }
        guard let attempt = prepared, attempt.id == request else { return [] }
        prepared = nil
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
        if let prepared { return load(index: prepared.index, positionMs: 0) }
        return end(queue)
    }

    package mutating func failed(request: UInt64, message: String) -> [PlayerAction] {
        guard let queue else { return [] }
        if request == current?.id {
            errorMessage = message
            if queue.hasNext { return load(index: queue.index + 1, positionMs: 0) }
            if somethingPlayed { return end(queue) }
            state = .failed
            current = nil
            prepared = nil
            restMs = 0
            isSeeking = false
            return [.announceState, .announcePosition]
        }
        guard let attempt = prepared, attempt.id == request else { return [] }
        errorMessage = message
        return prepare(index: attempt.index + 1) + [.announceState]
    }

    private mutating func end(_ queue: PlayerQueue) -> [PlayerAction] {
        state = .stopped(atEnd: true)
        restMs = queue.track.durationMs ?? restMs
        current = nil
        prepared = nil
        isSeeking = false
        return [.clearResume(playlistID: queue.id), .announceState, .announcePosition]
    }

    /// Called while playing, once per ``resumeInterval``.
    package func rememberWhilePlaying(heard: SoundPosition?) -> [PlayerAction] {
        isPlaying && heard?.request == current?.id ? remember(heard: heard) : []
    }
}
