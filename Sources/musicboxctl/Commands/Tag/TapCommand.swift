import ArgumentParser
import MusicBoxAPI

struct TapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tap",
        abstract: "Put a tag on the box's virtual reader.",
        discussion: "It lies there until musicboxctl remove, or until another one takes its place."
    )

    @Argument(help: "The id of the tag.", transform: TagArgument.init(parsing:))
    var tag: TagArgument

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let reply = try await options.client().post("/nfc/tap", ["tag_id": .string(tag.id)])
        try options.console.show(reply) { ["\(tag.id) is on the reader"] }
    }
}
