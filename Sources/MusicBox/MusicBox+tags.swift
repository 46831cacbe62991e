import Logging
import MusicLibrary
package import NFC

/// From the reader to the rules.
extension MusicBox {
    func handle(_ event: ReaderEvent) async {
        switch event {
        case .tag(.placed(let tag, let seen)): await placed(tag, seenAt: seen, virtual: false)
        case .tag(.removed(let tag)): await removed(tag)
        case .state(let state):
            readerState = state
            switch state {
            case .ready:
                tracker.readerReady(at: time.now)
                setHealth(.nfc, .healthy)
            case .starting: break
            case .missing(let reason):
                setHealth(.nfc, .degraded("\(reason); tags can be tapped with musicboxctl tap UID"))
            case .failed(let reason): setHealth(.nfc, .degraded(reason))
            }
        }
    }

    /// Acts first and tells afterwards: the sound must not wait for the phones.
    func placed(_ tag: TagID, seenAt seen: UInt64, virtual: Bool) async {
        let accepted = time.monotonicNanoseconds
        let occasion = tracker.placed(tag, at: time.now, virtual: virtual)
        let playlist: Playlist?
        do {
            playlist = try await library.playlist(forTag: tag.description)
        } catch {
            databaseFailed(error)
            return
        }
        lastTag = (tag, playlist?.id)
        let owner = playlist.map { AssociationSession.OtherPlaylist(id: $0.id, title: $0.title) }
        if let actions = associations.placed(tag, owner: owner) {
            await carryOut(actions)
            let bound = try? await library.playlist(forTag: tag.description)
            lastTag = (tag, bound?.id)
            await publish(.tagScanned(tag, playlistID: bound?.id))
            return
        }
        if let playlist {
            playingTag = (tag, playlist.id)
            let action = configuration.policy.action(for: occasion, when: machine.situation(ofPlaylist: playlist.id))
            await carryOut(action, on: playlist, accepted: accepted, seen: seen)
        }
        await publish(.tagScanned(tag, playlistID: playlist?.id))
    }

    func removed(_ tag: TagID) async {
        tracker.removed(tag, at: time.now)
        associations.removed(tag)
        guard let playingTag, playingTag.tag == tag else { return }
        let situation = machine.situation(ofPlaylist: playingTag.playlistID)
        let heard = sound.position
        switch configuration.policy.action(for: .removed, when: situation) {
        case .pause: if let actions = try? machine.pause(byTag: true, heard: heard) { await carryOut(actions) }
        case .stop: if let actions = try? machine.stop(heard: heard) { await carryOut(actions) }
        default: break
        }
    }

    private func carryOut(_ action: TagPolicy.Action, on playlist: Playlist, accepted: UInt64, seen: UInt64) async {
        let heard = sound.position
        do {
            switch action {
            case .nothing: break
            case .start:
                let place = await place(in: playlist)
                try await tapped(
                    machine.start(playlist, index: place.index, positionMs: place.positionMs, heard: heard),
                    accepted: accepted,
                    seen: seen
                )
                await journal.set(SettingKey.playlist, to: playlist.id)
            case .startFromBeginning:
                try await tapped(
                    machine.start(playlist, index: 0, positionMs: 0, heard: heard),
                    accepted: accepted,
                    seen: seen
                )
            case .resume: await carryOut(try machine.play(heard: heard))
            case .next: await carryOut(try machine.next(heard: heard))
            case .pause: await carryOut(try machine.pause(heard: heard))
            case .stop: await carryOut(try machine.stop(heard: heard))
            }
        } catch {
            logger.warning("A tag could not do what it should", metadata: ["error": "\(error)"])
            await carryOut(machine.report(error.message))
        }
    }

    private func tapped(_ actions: [PlayerAction], accepted: UInt64, seen: UInt64) async {
        for case .load(let request) in actions.prefix(2) {
            // The order goes out before anything that only listeners need.
            latencies.add(
                LatencyLog.Tap(request: request.id, seen: seen, accepted: accepted, ordered: time.monotonicNanoseconds)
            )
        }
        await carryOut(actions)
    }

    /// Where `playlist` goes on: where it is or was left, or its beginning.
    func place(in playlist: Playlist) async -> (index: Int, positionMs: Int) {
        do {
            guard
                let point = try await resumePoint(ofPlaylist: playlist.id),
                let index = playlist.tracks.firstIndex(where: { $0.id == point.trackID })
            else { return (0, 0) }
            return (index, point.positionMs)
        } catch {
            databaseFailed(error)
            return (0, 0)
        }
    }

    private func resumePoint(ofPlaylist id: String) async throws -> (trackID: String, positionMs: Int)? {
        for case .saveResume(id, let trackID, let positionMs) in machine.remember(heard: sound.position) {
            return (trackID, positionMs)
        }
        return try await journal.resumePoint(playlistID: id).map { ($0.trackID, $0.positionMs) }
    }

    // MARK: - The virtual reader

    /// A tag placed by a program instead of a reader; behaves like a real one.
    package nonisolated func tap(_ tag: TagID) async throws -> PlayerSnapshot {
        try await enqueue { box in
            await box.placed(tag, seenAt: box.time.monotonicNanoseconds, virtual: true)
            return box.machine.snapshot(heard: box.sound.position)
        }
    }

    /// Lifts the tag that lies on the reader, whoever placed it.
    package nonisolated func liftTag() async throws -> TagID {
        try await enqueue { box in
            guard let tag = box.tracker.present else { throw PlayerError.nothingToPlay("no tag lies on the reader") }
            await box.removed(tag)
            return tag
        }
    }
}
