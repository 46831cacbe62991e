import ArgumentParser

struct UnbindCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "unbind", abstract: "Free a tag from its playlist.")

    @Argument(help: "The id of the tag.", transform: TagArgument.init(parsing:))
    var tag: TagArgument

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let reply = try await options.client().delete("/nfc/associate/\(tag.id)")
        try options.console.show(reply) { ["\(tag.id) is free"] }
    }
}
