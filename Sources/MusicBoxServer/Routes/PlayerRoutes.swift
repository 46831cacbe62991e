import Hummingbird
import MusicBox
import MusicBoxAPI

/// `/api/player`.
struct PlayerRoutes: Sendable {
    let api: API
    private var box: MusicBox { api.box }

    func add(to group: RouteTable) {
        addSleep(to: group)
        group.get("status") { _, _ in try await api.player(nil, "player state") { await box.status() } }
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
            return try await api.player(body.clientOpID, "position set") {
                try await box.seek(toMs: body.payload.positionMs)
            }
        }
        group.post("volume") { request, _ in
            let body = try await request.json(Commanded<VolumeRequest>.self)
            return try await api.player(body.clientOpID, "volume set") { try await body.payload.apply(to: box) }
        }
        group.post("speed") { request, _ in
            let body = try await request.json(Commanded<SpeedRequest>.self)
            return try await api.player(body.clientOpID, "speed set") { try await box.setSpeed(body.payload.speed) }
        }
    }

    private func addSleep(to group: RouteTable) {
        group.post("sleep") { request, _ in
            let body = try await request.json(Commanded<SleepRequest>.self)
            return try await api.player(body.clientOpID, "sleep timer set") { try await body.payload.apply(to: box) }
        }
        group.delete("sleep") { request, _ in
            try await api.player(try await request.clientOpID(), "sleep timer cancelled") {
                try await box.cancelSleep()
            }
        }
    }

    private func add(
        _ name: String,
        to group: RouteTable,
        _ body: @escaping @Sendable () async throws -> PlayerSnapshot
    ) {
        group.post(name) { request, _ in
            try await api.player(try await request.clientOpID(), name, body)
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
