import MusicLibrary

/// Going to sleep: the sound fades over the last seconds and stops, and next time the story goes on where the fade began.
///
/// The timer outlasts whatever is started, paused and stopped meanwhile, until its time has come. A pause or a stop while
/// the sound fades says that somebody is awake: it ends the timer. One moves with what plays if it waits for the end of
/// the track or the playlist; going elsewhere then brings the sound back.
extension PlayerMachine {
    package mutating func setSleep(_ timer: SleepTimer) throws(PlayerError) -> [PlayerAction] {
        guard !timer.end.isPlace || queue != nil else {
            throw .nothingToPlay("nothing is loaded whose end could be waited for: start a playlist or place a tag")
        }
        let actions = cancelSleep()
        sleep = timer
        // What follows must not begin.
        let prepared = timer.end == .endOfTrack && current?.hasStarted == true ? prepareNext() : []
        return actions.filter { $0 != .announceState } + prepared + [.announceState]
    }

    /// Nothing happens when there is no timer.
    package mutating func cancelSleep() -> [PlayerAction] {
        guard let timer = sleep else { return [] }
        sleep = nil
        let prepared = timer.end == .endOfTrack && current?.hasStarted == true ? prepareNext() : []
        return (timer.isFading ? [.fade(overMs: nil)] : []) + prepared + [.announceState]
    }

    private mutating func prepareNext() -> [PlayerAction] {
        guard let queue else { return [] }
        return prepare(index: queue.index + 1)
    }

    /// When ``fallAsleep(at:heard:)`` has to be asked next; nil: not until something changes.
    package func sleepDue(at now: ContinuousClock.Instant, heard: SoundPosition?) -> ContinuousClock.Instant? {
        guard let timer = sleep else { return nil }
        if case .at(let end, _) = timer.end { return isPlaying && !timer.isFading ? end - timer.fade : end }
        guard !timer.isFading, let left = msToEnd(of: timer, heard: heard) else { return nil }
        return now + .milliseconds(left) - timer.fade
    }

    /// Milliseconds to the end of the track that `timer` waits for; nil where that cannot be told, or is not its turn.
    private func msToEnd(of timer: SleepTimer, heard: SoundPosition?) -> Int? {
        guard isPlaying, let queue, let duration = queue.track.durationMs else { return nil }
        guard timer.end == .endOfTrack || !queue.hasNext else { return nil }
        let left = duration - positionMs(heard: heard)
        return left > 0 ? left : nil
    }

    /// Begins the fade, or ends what plays, when it is time for that.
    package mutating func fallAsleep(at now: ContinuousClock.Instant, heard: SoundPosition?) -> [PlayerAction] {
        guard let timer = sleep else { return [] }
        if case .at(let end, _) = timer.end {
            if now >= end { return endAsleep(heard: heard) }
            guard isPlaying, !timer.isFading, now >= end - timer.fade else { return [] }
            return beginFade(over: end - now, heard: heard)
        }
        guard !timer.isFading, let left = msToEnd(of: timer, heard: heard), .milliseconds(left) <= timer.fade else {
            return []
        }
        return beginFade(over: .milliseconds(left), heard: heard)
    }

    private mutating func beginFade(over time: Duration, heard: SoundPosition?) -> [PlayerAction] {
        guard let queue, time > .zero else { return [] }
        let place = SleepTimer.Place(trackID: queue.track.id, positionMs: positionMs(heard: heard))
        sleep?.isFading = true
        sleep?.place = place
        return [.fade(overMs: Int(time / .milliseconds(1)))] + remember(heard: heard) + [.announceState]
    }

    /// Stops, and remembers where the fade began.
    mutating func endAsleep(heard: SoundPosition?) -> [PlayerAction] {
        guard let timer = sleep else { return [] }
        sleep = nil
        guard var queue, state == .playing || state == .loading else {
            return (timer.isFading ? [.fade(overMs: nil)] : []) + [.announceState]
        }
        var rest = positionMs(heard: heard)
        if let place = timer.place, let index = queue.playlist.tracks.firstIndex(where: { $0.id == place.trackID }) {
            queue.index = index
            rest = place.positionMs
        }
        return [.stop] + (timer.isFading ? [.fade(overMs: nil)] : []) + stand(in: queue, atMs: rest)
    }

    /// The track was heard to its end, and what sleep waits for with it: what goes on next time, or nil if this was not it.
    mutating func fellAsleepAtEnd() -> [PlayerAction]? {
        guard let timer = sleep, timer.isFading || timer.end == .endOfTrack, var queue else { return nil }
        let unfade: [PlayerAction] = timer.isFading ? [.fade(overMs: nil)] : []
        if let place = timer.place, let index = queue.playlist.tracks.firstIndex(where: { $0.id == place.trackID }) {
            sleep = nil
            queue.index = index
            return unfade + stand(in: queue, atMs: place.positionMs)
        }
        // Heard in full, without a fade: the next one is next. At the end of the playlist it ends as it always does.
        guard queue.hasNext else { return nil }
        sleep = nil
        queue.index += 1
        return unfade + stand(in: queue, atMs: 0)
    }

    private mutating func stand(in queue: PlayerQueue, atMs positionMs: Int) -> [PlayerAction] {
        self.queue = queue
        state = .stopped(atEnd: false)
        restMs = positionMs
        current = nil
        prepared = nil
        retired = nil
        isSeeking = false
        return [
            .saveResume(playlistID: queue.id, trackID: queue.track.id, positionMs: positionMs),
            .announceState, .announcePosition,
        ]
    }

    /// Somebody went to another place: where the fade began no longer says where the listener was.
    mutating func wentElsewhere() -> [PlayerAction] {
        guard let timer = sleep, timer.isFading else { return [] }
        sleep?.place = nil
        guard timer.end.isPlace else { return [] }
        sleep?.isFading = false
        return [.fade(overMs: nil)]
    }

    /// Somebody paused or stopped: who does that while the sound fades is awake.
    mutating func wokeUp() -> [PlayerAction] {
        guard sleep?.isFading == true else { return [] }
        sleep = nil
        return [.fade(overMs: nil)]
    }
}
