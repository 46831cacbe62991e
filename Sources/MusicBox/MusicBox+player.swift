import MusicLibrary

/// What phones, programs and buttons ask of the player. Each returns the state right after it, and throws
/// ``PlayerError`` when there is nothing to act on, ``BoxError`` or `LibraryError` when it could not be asked.
extension MusicBox {
    package nonisolated func play() async throws -> PlayerSnapshot {
        try await command { try $0.play(heard: $1) }
    }

    package nonisolated func pause() async throws -> PlayerSnapshot {
        try await command { try $0.pause(heard: $1) }
    }

    package nonisolated func toggle() async throws -> PlayerSnapshot {
        try await command { try $0.toggle(heard: $1) }
    }

    package nonisolated func stop() async throws -> PlayerSnapshot {
        try await command { try $0.stop(heard: $1) }
    }

    package nonisolated func next() async throws -> PlayerSnapshot {
        try await command { try $0.next(heard: $1) }
    }

    package nonisolated func previous() async throws -> PlayerSnapshot {
        try await command { try $0.previous(heard: $1) }
    }

    package nonisolated func seek(toMs positionMs: Int) async throws -> PlayerSnapshot {
        try await command { try $0.seek(toMs: positionMs, heard: $1) }
    }

    package nonisolated func setVolume(_ volume: Int?, muted: Bool?) async throws -> PlayerSnapshot {
        try await command { machine, _ in try machine.setVolume(volume, muted: muted) }
    }

    /// - Parameter speed: 0.5...2; the pitch is kept.
    package nonisolated func setSpeed(_ speed: Double) async throws -> PlayerSnapshot {
        try await command { machine, _ in try machine.setSpeed(speed) }
    }

    package nonisolated func changeVolume(by delta: Int) async throws -> PlayerSnapshot {
        try await command { machine, _ in try machine.changeVolume(by: delta) }
    }

    /// Ends what plays after `minutes`, 0...1440 and more than 0, in place of any timer before.
    package nonisolated func sleep(minutes: Double) async throws -> PlayerSnapshot {
        guard minutes > 0, minutes <= 1_440 else {
            throw PlayerError.outOfRange("minutes must be more than 0 and at most 1440")
        }
        return try await enqueue { box in
            let left = Duration.milliseconds(Int64(minutes * 60_000))
            let wallMs = box.time.wallMilliseconds + Int(minutes * 60_000)
            return try await box.setSleep(.at(box.time.now + left, wallMs: wallMs))
        }
    }

    /// Ends with the track, or the playlist.
    package nonisolated func sleepAtEnd(ofPlaylist: Bool) async throws -> PlayerSnapshot {
        try await enqueue { try await $0.setSleep(ofPlaylist ? .endOfPlaylist : .endOfTrack) }
    }

    package nonisolated func cancelSleep() async throws -> PlayerSnapshot {
        try await command { machine, _ in machine.cancelSleep() }
    }

    private func setSleep(_ end: SleepTimer.End) async throws -> PlayerSnapshot {
        await carryOut(try machine.setSleep(SleepTimer(end: end, fade: configuration.sleepFade)))
        return machine.snapshot(heard: sound.position)
    }

    /// Starts a playlist where it was left, or at the beginning of the track `trackNumber`, counted from 1.
    package nonisolated func start(playlistID: String, trackNumber: Int? = nil) async throws -> PlayerSnapshot {
        try await enqueue { box in
            guard let playlist = try await box.library.playlist(id: playlistID) else {
                throw BoxError.notFound("there is no playlist \(playlistID)")
            }
            // Wrapping: the least number there is comes from outside like any other, and is out of range like most.
            let place =
                if let trackNumber { (index: trackNumber &- 1, positionMs: 0) } else { await box.place(in: playlist) }
            let heard = box.sound.position
            await box.carryOut(
                try box.machine.start(playlist, index: place.index, positionMs: place.positionMs, heard: heard)
            )
            await box.journal.set(SettingKey.playlist, to: playlist.id)
            return box.machine.snapshot(heard: box.sound.position)
        }
    }

    /// The state at this moment.
    package func status() -> PlayerSnapshot { machine.snapshot(heard: sound.position) }

    private nonisolated func command(
        _ step: @escaping @Sendable (inout PlayerMachine, SoundPosition?) throws -> [PlayerAction]
    ) async throws -> PlayerSnapshot {
        try await enqueue { box in
            await box.carryOut(try step(&box.machine, box.sound.position))
            return box.machine.snapshot(heard: box.sound.position)
        }
    }
}
