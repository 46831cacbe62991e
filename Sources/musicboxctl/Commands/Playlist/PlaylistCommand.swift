import ArgumentParser

struct PlaylistCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "playlist",
        abstract: "Show or delete one playlist.",
        subcommands: [PlaylistShowCommand.self, PlaylistDeleteCommand.self]
    )
}
