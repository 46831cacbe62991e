import ArgumentParser
import MusicBoxAPI

struct VolumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume",
        abstract: "Show or change the volume.",
        discussion:
            "CHANGE is a volume from 0 to 100, a step such as +5 or -5, mute or unmute; without it nothing changes."
    )

    @Argument(
        help: "The new volume.",
        transform: { text in
            guard let change = VolumeArgument(text) else {
                throw ValidationError("write a number from 0 to 100, +5, -5, mute or unmute")
            }
            return change
        }
    )
    var change: VolumeArgument?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let reply: MusicBoxReply
        switch change {
        case nil:
            reply = try await client.get("/player/volume")
        case .to(let volume):
            reply = try await client.post("/player/volume", ["volume": .int(volume)])
        case .by(let step):
            let now = try await client.get("/player/volume").decode(VolumeState.self)
            reply = try await client.post("/player/volume", ["volume": .int(min(100, max(0, now.volume + step)))])
        case .mute, .unmute:
            let now = try await client.get("/player/volume").decode(VolumeState.self)
            let body: JSONValue = ["volume": .int(now.volume), "muted": .bool(change == .mute)]
            reply = try await client.post("/player/volume", body)
        }
        try options.console.show(reply) {
            let state = try reply.decode(VolumeState.self)
            return [PlayerText.volume(state.volume, muted: state.muted)]
        }
    }
}
