import ArgumentParser
import Glibc

/// `musicboxd`.
@main
struct MusicBoxDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "musicboxd",
        abstract: "The daemon of the music box: tags in, sound out, phones informed.",
        version: Version.current,
        subcommands: [RunCommand.self, ConfigCommand.self, ProbeCommand.self],
        defaultSubcommand: RunCommand.self
    )

    /// Errors of ours are one line and have an exit status of their own; ArgumentParser says the rest.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            failure.report()
            Glibc.exit(failure.status)
        } catch let error as ConfigurationError {
            let failure = Failure(EX_CONFIG, error.message)
            failure.report()
            Glibc.exit(failure.status)
        } catch {
            exit(withError: error)
        }
    }
}

enum Version {
    static let current = "0.1.0"
}
