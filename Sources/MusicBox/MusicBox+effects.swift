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
                await journal.remember(playlistID: playlistID, trackID: trackID, positionMs: positionMs)
            case .clearResume(let playlistID): await journal.forget(playlistID: playlistID)
            case .countPlay(let trackID): await journal.countPlay(trackID: trackID)
            case .announceState: await publish(.player(machine.snapshot(heard: sound.position)))
            case .announcePosition: pacer.owe()
            case .announceVolume: await publish(.volume(machine.volume, muted: machine.muted))
            }
        }
    }

    /// Gives `event` the next number and hands it to everybody.
    func publish(_ event: BoxEvent) async {
        var number = sequence.next()
        if number == nil || sequence.isRunningLow {
            do {
                sequence.add(try await library.reserveSequence(count: Self.sequenceBlock))
                number = number ?? sequence.next()
            } catch {
                databaseFailed(error)
            }
        }
        // Without a durable number (disk full, say) listeners still hear of it, under the newest number there is.
        hub.publish(event, serverSeq: number, timestampMs: time.wallMilliseconds)
    }

    func publishPosition() {
        let snapshot = machine.snapshot(heard: sound.position)
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
        hub.publish(.health(health), serverSeq: nil, timestampMs: time.wallMilliseconds)
    }
}
