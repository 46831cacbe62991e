import ArgumentParser
import MusicBoxAPI

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show what the player does.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let reply = try await options.client().get("/player/status")
        let console = options.console
        try console.show(reply) {
            PlayerText(state: try reply.decode(PlayerState.self)).card(style: console.style)
        }
    }
}
