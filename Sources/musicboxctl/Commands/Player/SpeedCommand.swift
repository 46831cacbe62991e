import ArgumentParser
import MusicBoxAPI

struct SpeedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "speed",
        abstract: "Show or change how fast it plays; the pitch is kept."
    )

    @Argument(
        help: "0.5 to 2; 1 is as recorded.",
        transform: { text in
            guard let speed = Double(text), (0.5...2).contains(speed) else {
                throw ValidationError("write a number from 0.5 to 2")
            }
            return speed
        }
    )
    var speed: Double?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let reply =
            if let speed {
                try await client.post("/player/speed", ["speed": .double(speed)])
            } else {
                try await client.get("/player/status")
            }
        try options.console.show(reply) { ["speed \(try reply.decode(PlayerState.self).speed)"] }
    }
}
