package import MusicLibrary

/// What people, tags and programs ask of the player. `heard` is what the engine says is heard at this moment.
extension PlayerMachine {
    /// Plays `playlist` from the track at `index` and the position in it.
    package mutating func start(
        _ playlist: Playlist,
        index: Int,
        positionMs: Int,
        heard: SoundPosition?
    ) throws(PlayerError) -> [PlayerAction] {
        guard !playlist.tracks.isEmpty else {
            throw .nothingToPlay("playlist \"\(playlist.summary.title)\" has no tracks: add some first")
        }
        guard playlist.tracks.indices.contains(index) else {
            throw .outOfRange("playlist \"\(playlist.summary.title)\" has tracks 1 to \(playlist.tracks.count)")
        }
        let saved = (queue?.id == playlist.summary.id ? [] : remember(heard: heard)) + wentElsewhere()
        queue = PlayerQueue(playlist: playlist, index: index)
        errorMessage = nil
        somethingPlayed = false
        return saved + load(index: index, positionMs: positionMs)
    }

    package mutating func play(heard: SoundPosition?) throws(PlayerError) -> [PlayerAction] {
        guard let queue else { throw .nothingToPlay("nothing is loaded: start a playlist or place a tag") }
        switch state {
        case .playing, .loading: return []
        case .paused:
            state = current?.hasStarted == true ? .playing : .loading
            return [.resume, .announceState]
        case .stopped(atEnd: true):
            errorMessage = nil
            return load(index: 0, positionMs: 0)
        case .stopped(atEnd: false):
            errorMessage = nil
            return load(index: queue.index, positionMs: restMs)
        case .failed:
            errorMessage = nil
            return load(index: 0, positionMs: 0)
        }
    }

    package mutating func pause(byTag: Bool = false, heard: SoundPosition?) throws(PlayerError) -> [PlayerAction] {
        switch state {
        case .playing, .loading:
            let saved = remember(heard: heard)
            restMs = positionMs(heard: heard)
            state = .paused(byTag: byTag)
            return [.pause] + wokeUp() + saved + [.announceState]
        case .paused: return []
        case .stopped, .failed: throw .nothingToPlay("nothing is playing")
        }
    }

    package mutating func toggle(heard: SoundPosition?) throws(PlayerError) -> [PlayerAction] {
        switch state {
        case .playing, .loading: try pause(heard: heard)
        case .paused, .stopped, .failed: try play(heard: heard)
        }
    }

    package mutating func stop(heard: SoundPosition?) throws(PlayerError) -> [PlayerAction] {
        switch state {
        case .playing, .loading, .paused:
            let saved = remember(heard: heard)
            restMs = positionMs(heard: heard)
            state = .stopped(atEnd: false)
            current = nil
            prepared = nil
            retired = nil
            isSeeking = false
            return [.stop] + wokeUp() + saved + [.announceState, .announcePosition]
        case .stopped, .failed: throw .nothingToPlay("nothing is playing")
        }
    }

    package mutating func next(heard: SoundPosition?) throws(PlayerError) -> [PlayerAction] {
        guard let queue else { throw .nothingToPlay("nothing is loaded: start a playlist or place a tag") }
        guard queue.hasNext else { throw .nothingToPlay("this is the last track") }
        errorMessage = nil
        return wentElsewhere() + load(index: queue.index + 1, positionMs: 0)
    }

    package mutating func previous(heard: SoundPosition?) throws(PlayerError) -> [PlayerAction] {
        guard let queue else { throw .nothingToPlay("nothing is loaded: start a playlist or place a tag") }
        errorMessage = nil
        let toStart = positionMs(heard: heard) > Self.previousThresholdMs || !queue.hasPrevious
        return wentElsewhere() + load(index: toStart ? queue.index : queue.index - 1, positionMs: 0)
    }

    package mutating func seek(toMs positionMs: Int, heard: SoundPosition?) throws(PlayerError) -> [PlayerAction] {
        // Wrong whatever is loaded.
        guard positionMs >= 0 else { throw .outOfRange("position_ms must not be negative") }
        guard let queue else { throw .nothingToPlay("nothing is loaded: start a playlist or place a tag") }
        let end = queue.track.durationMs ?? Self.longestMs
        guard (0...end).contains(positionMs) else {
            throw .outOfRange("position_ms must be 0 to \(end) in \"\(queue.track.title)\"")
        }
        restMs = positionMs
        switch state {
        case .playing, .loading, .paused:
            isSeeking = true
            return wentElsewhere() + [.seek(toMs: positionMs)] + remember(heard: heard) + [.announceState]
        case .stopped, .failed:
            state = .stopped(atEnd: false)
            let point = PlayerAction.saveResume(
                playlistID: queue.id,
                trackID: queue.track.id,
                positionMs: positionMs
            )
            return [point, .announceState, .announcePosition]
        }
    }

    /// - Parameter speed: 0.5...2; rounded to hundredths.
    package mutating func setSpeed(_ speed: Double) throws(PlayerError) -> [PlayerAction] {
        guard Self.speeds.contains(speed) else { throw .outOfRange("speed must be 0.5 to 2") }
        let speed = (speed * 100).rounded() / 100
        guard speed != self.speed else { return [] }
        self.speed = speed
        return [.setSpeed(speed), .announceState]
    }

    /// The playlist was edited, or is gone (nil): the track that plays goes on if it is still there, else the next one of
    /// those that are.
    package mutating func playlistChanged(id: String, to playlist: Playlist?) -> [PlayerAction] {
        guard let queue, queue.id == id else { return [] }
        guard let playlist, !playlist.tracks.isEmpty else { return clear() }
        if let index = playlist.tracks.firstIndex(where: { $0.id == queue.track.id }) {
            return follow(playlist, index: index)
        }
        let places = Dictionary(uniqueKeysWithValues: playlist.tracks.enumerated().map { ($1.id, $0) })
        let successor = queue.playlist.tracks[(queue.index + 1)...].lazy.compactMap { places[$0.id] }.first
        self.queue = PlayerQueue(playlist: playlist, index: successor ?? 0)
        switch state {
        case .playing, .loading, .paused:
            if let successor { return goOn(at: successor) }
            let last = PlayerQueue(playlist: playlist, index: playlist.tracks.count - 1)
            self.queue = last
            return [.stop] + end(last)
        case .stopped(atEnd: true):
            self.queue?.index = playlist.tracks.count - 1
            return [.announceState]
        case .stopped(atEnd: false), .failed:
            restMs = 0
            return [.announceState, .announcePosition]
        }
    }

    /// A track went to another playlist: if it is the current one it goes on there.
    package mutating func trackMoved(_ id: String, to playlist: Playlist) -> [PlayerAction] {
        guard let queue, queue.id != playlist.id, queue.track.id == id,
            let index = playlist.tracks.firstIndex(where: { $0.id == id })
        else { return [] }
        switch state {
        case .playing, .loading, .paused: return follow(playlist, index: index)
        case .stopped, .failed: return []
        }
    }

    /// The current track has this place now.
    private mutating func follow(_ playlist: Playlist, index: Int) -> [PlayerAction] {
        queue = PlayerQueue(playlist: playlist, index: index)
        current?.index = index
        let next = index + 1
        // What is prepared stays so where it still is the next: taking it back could cut it off, or play it twice.
        if let prepared, next < playlist.tracks.count, playlist.tracks[next].id == prepared.trackID {
            self.prepared?.index = next
            return [.announceState]
        }
        return (current?.hasStarted == true ? prepare(index: next) : []) + [.announceState]
    }

    private mutating func clear() -> [PlayerAction] {
        queue = nil
        let sounded = current != nil
        current = nil
        prepared = nil
        retired = nil
        state = .stopped(atEnd: false)
        restMs = 0
        isSeeking = false
        return (sounded ? [.stop] : []) + [.announceState, .announcePosition]
    }

    /// Puts the playlist of the last run back, silent.
    package mutating func restore(_ playlist: Playlist, index: Int, positionMs: Int) {
        queue = PlayerQueue(playlist: playlist, index: index)
        restMs = positionMs
    }

    /// Shows why something that was asked for did not happen; what plays goes on.
    package mutating func report(_ message: String) -> [PlayerAction] {
        errorMessage = message
        return [.announceState]
    }
}
