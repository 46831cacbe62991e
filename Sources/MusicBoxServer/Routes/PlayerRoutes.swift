import Hummingbird
import MusicBox
import MusicBoxAPI

/// `/api/player`.
struct PlayerRoutes: Sendable {
    let api: API
    private var box: MusicBox { api.box }

    func add(to group: RouteTable) {
        group.get("status") { _, _ in api.player(await box.status(), "player state") }
        group.get("volume") { _, _ in
            let player = await box.status()
            return api.success(VolumeState(volume: player.volume, muted: player.muted), "volume")
        }
        add("play", to: group) { try await box.play() }
        add("pause", to: group) { try await box.pause() }
        add("toggle", to: group) { try await box.toggle() }
        add("stop", to: group) { try await box.stop() }
        add("next", to: group) { try await box.next() }
        add("previous", to: group) { try await box.previous() }
        group.post("seek") { request, _ in
            let body = try await request.json(Commanded<SeekRequest>.self)
            return api.player(
                try await box.seek(toMs: body.payload.positionMs),
                "position set",
                clientOpID: body.clientOpID
            )
        }
        group.post("volume") { request, _ in
            let body = try await request.json(Commanded<VolumeRequest>.self)
            let player = try await box.setVolume(try body.payload.checkedVolume(), muted: body.payload.muted)
            return api.player(player, "volume set", clientOpID: body.clientOpID)
        }
    }

    private func add(
        _ name: String,
        to group: RouteTable,
        _ body: @escaping @Sendable () async throws -> PlayerSnapshot
    ) {
        group.post(name) { request, _ in
            let command = try await request.json(Operation.self)
            try command.check()
            return api.player(try await body(), name, clientOpID: command.clientOpID)
        }
    }
}

/// A body that may carry a `client_op_id` beside its own fields.
struct Commanded<Payload: Decodable>: Decodable {
    var payload: Payload
    var clientOpID: String?

    init(from decoder: any Decoder) throws {
        payload = try Payload(from: decoder)
        let operation = try Operation(from: decoder)
        try operation.check()
        clientOpID = operation.clientOpID
    }
}

extension Commanded: Sendable where Payload: Sendable {}
