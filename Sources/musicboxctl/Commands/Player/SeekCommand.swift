import ArgumentParser
import MusicBoxAPI

struct SeekCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seek",
        abstract: "Go to another position in the track.",
        discussion: """
            POSITION is 1:23, 1:02:03, 83 or 83s (seconds), 83000ms, 1m30s; with a sign it counts from where the music \
            is: +10, -1:00.
            """
    )

    @Argument(
        help: "Where to go.",
        transform: { text in
            guard let position = PositionArgument(text) else {
                throw ValidationError("write it as 1:23, 83s, 83000ms, +10 or -10")
            }
            return position
        }
    )
    var position: PositionArgument

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        var target = position.milliseconds
        if position.base != .start {
            let state = try await client.get("/player/status").decode(PlayerState.self)
            target = position.resolved(now: state.positionMs, duration: state.durationMs)
        }
        let reply = try await client.post("/player/seek", ["position_ms": .int(target)])
        try options.console.showPlayer(reply)
    }
}
