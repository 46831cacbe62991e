import ArgumentParser
import MusicBoxAPI

struct BindCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bind",
        abstract: "Let a tag play a playlist.",
        discussion: "A playlist may have several tags; a tag has one playlist."
    )

    @Argument(
        help: "The id of the tag: its UID in hex, as musicboxctl watch shows it.",
        transform: TagArgument.init(parsing:)
    )
    var tag: TagArgument

    @Argument(help: "The title of the playlist, the beginning of its title, or its id.")
    var playlist: String

    @Flag(help: "Take the tag away from the playlist that has it now.")
    var force = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let match = try await client.playlist(named: playlist)
        let reply = try await client.bind(tag: tag.id, playlistID: match.id, force: force)
        try options.console.show(reply) { ["\(tag.id) plays \(match.title.printable)"] }
    }
}
