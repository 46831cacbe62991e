import MusicBox
import MusicBoxAPI

/// The player, as the REST route of the same name.
extension Gateway {
    mutating func addPlayer() {
        player(EventName.playerPlay, NoFields.self) { box, _ in try await box.play() }
        player(EventName.playerPause, NoFields.self) { box, _ in try await box.pause() }
        player(EventName.playerToggle, NoFields.self) { box, _ in try await box.toggle() }
        player(EventName.playerStop, NoFields.self) { box, _ in try await box.stop() }
        player(EventName.playerNext, NoFields.self) { box, _ in try await box.next() }
        player(EventName.playerPrevious, NoFields.self) { box, _ in try await box.previous() }
        player(EventName.playerSeek, SeekRequest.self) { box, request in
            try await box.seek(toMs: request.positionMs)
        }
        player(EventName.playerVolume, VolumeRequest.self) { box, request in
            try await request.apply(to: box)
        }
        player(EventName.playerSpeed, SpeedRequest.self) { box, request in
            try await box.setSpeed(request.speed)
        }
        player(EventName.playerSleep, SleepRequest.self) { box, request in
            try await request.apply(to: box)
        }
        player(EventName.playerStart, StartRequest.self) { box, request in
            try await box.start(playlistID: request.playlistID, trackNumber: request.trackNumber)
        }
    }

    private mutating func player<Fields: Decodable & Sendable>(
        _ event: String,
        _ fields: Fields.Type,
        _ body: @escaping @Sendable (MusicBox, Fields) async throws -> PlayerSnapshot
    ) {
        command(event, fields) { [box] fields in
            PlayerState(try await body(box, fields), serverSeq: box.hub.currentSeq)
        }
    }
}

/// A command that says all by its name.
struct NoFields: Decodable, Sendable {}
