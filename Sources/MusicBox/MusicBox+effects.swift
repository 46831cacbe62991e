import Logging
import MusicLibrary

/// How actions of the rules become effects, and how everybody hears of them.
extension MusicBox {
    static let sequenceBlock = 1_000

    func carryOut(_ actions: [PlayerAction]) async {
        for action in actions {
            switch action {
            case .load(let request): sound.load(request)
            case .prepareNext(let request): sound.prepareNext(request)
            case .pause: sound.pause()
            case .resume: sound.resume()
            case .stop: sound.stop()
            case .seek(let positionMs): sound.seek(toMs: positionMs)
            case .setVolume(let volume, let muted):
                sound.setVolume(volume, muted: muted)
                await journal.set(SettingKey.volume, to: String(volume))
                await journal.set(SettingKey.muted, to: String(muted))
            case .setSpeed(let speed):
                sound.setSpeed(speed)
                await journal.set(SettingKey.speed, to: String(speed))
            case .fade(let ms): sound.fade(overMs: ms)
            case .saveResume(let playlistID, let trackID, let positionMs):
                remembered = await journal.remember(
                    playlistID: playlistID,
                    trackID: trackID,
                    positionMs: positionMs
                )
            case .clearResume(let playlistID):
                await journal.forget(playlistID: playlistID)
                remembered = nil
            case .countPlay(let trackID): await journal.countPlay(trackID: trackID)
            case .announceState: await publish(.player(machine.snapshot(heard: sound.position)))
            case .announcePosition: pacer.owe()
            case .announceVolume: await publish(.volume(machine.volume, muted: machine.muted))
            }
        }
    }

    /// Hands `event` to everybody, with the next number if it is a change of state.
    func publish(_ event: BoxEvent) async {
        guard event.takesNumber else {
            hub.publish(event, serverSeq: nil, timestampMs: time.wallMilliseconds)
            return
        }
        if sequence.isRunningLow {
            let highest = sequence.highest
            do {
                sequence.add(try await library.reserveSequence(count: Self.sequenceBlock, above: highest))
            } catch {
                databaseFailed(error)
                // Listeners must be told in order also while the disk is full; the next block that can be reserved lies
                // above these.
                sequence.add(highest + 1..<highest + 1 + Self.sequenceBlock)
            }
        }
        hub.publish(event, serverSeq: sequence.next(), timestampMs: time.wallMilliseconds)
    }

    func publishPosition() {
        let heard = sound.position
        guard !machine.isBehind(heard: heard) else { return pacer.owe() }
        let snapshot = machine.snapshot(heard: heard)
        let update = PositionUpdate(
            trackID: snapshot.track?.id,
            positionMs: snapshot.positionMs,
            durationMs: snapshot.track?.durationMs,
            isPlaying: machine.isPlaying
        )
        hub.publish(.position(update), serverSeq: nil, timestampMs: time.wallMilliseconds)
    }

    func publishPlaylists() async {
        playlistChanged.yield()
        do {
            await publish(.playlists(try await library.playlists()))
        } catch {
            databaseFailed(error)
        }
    }

    // MARK: - Health

    func databaseFailed(_ error: any Error) {
        logger.error("The library failed", metadata: ["error": "\(error)"])
        setHealth(
            .database,
            .unhealthy("the database cannot be used: \((error as? LibraryError)?.message ?? "\(error)")")
        )
    }

    /// Announces a change of the condition or the message of a part once.
    func setHealth(_ part: HealthReport.Part, _ finding: HealthReport.Finding) {
        guard health[part] != finding else { return }
        health[part] = finding
        hub.publish(.health(health, changed: part), serverSeq: nil, timestampMs: time.wallMilliseconds)
    }
}
