import MusicBox
import MusicBoxAPI

/// What changes nothing.
extension Gateway {
    mutating func addQuestions() {
        on(PlainFormat.malformed) { _, _ in
            throw APIFailure(.validation, "a message must be a JSON object with the name of its event in \"event\"")
        }
        on(EventName.requestCurrentState) { [self] client, _ in
            try await broadcaster.inOrder { box in
                [BoxEvent.player(box.status())]
            } then: { broadcaster, state, moment in
                broadcaster.send(state, to: client, at: moment)
                return Success()
            }
        }
        on(EventName.clientPing) { [self] client, payload in
            let pong = Pong(
                timestamp: try payload.decode(Ping.self).timestamp,
                serverTime: box.time.wallMilliseconds,
                serverSeq: box.hub.currentSeq
            )
            emit(EventName.clientPong, pong, to: client)
            return Success()
        }
        on(EventName.healthCheck) { [self] client, _ in
            let (report, now) = (await box.diagnostics().health, box.time.wallMilliseconds)
            emit(EventName.healthStatus, Health(report, timestampMs: now), to: client)
            for part in HealthReport.Part.allCases where report[part].condition == .unhealthy {
                guard let failure = HealthFailure(report, part: part, timestampMs: now) else { continue }
                emit(EventName.healthError, failure, to: client)
            }
            return Success()
        }
    }
}
