import ArgumentParser
import MusicBoxAPI

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Show how the box and its parts are.",
        discussion:
            "Ends with 0 when the box is healthy or degraded (no sound card, no reader), with 1 when it is unhealthy."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let reply = try await options.client().get("/health", accepting: [503])
        let health = try reply.decode(Health.self)
        let console = options.console
        try console.show(reply) { HealthText(health: health).lines(style: console.style) }
        if health.status == .unhealthy { throw ExitCode(CtlError.Code.refused.rawValue) }
    }
}
