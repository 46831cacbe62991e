import ArgumentParser

/// `musicboxd`, `musicboxd run`: the daemon itself.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the music box until SIGTERM or SIGINT."
    )

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        switch try await Daemon(settings: try options.settings()).run() {
        case .stopped: break
        case .restarting: throw ProcessImage.startAnew()
        }
    }
}
