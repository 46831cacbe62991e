import ArgumentParser
import MusicBoxAPI

struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take the tag off the box's virtual reader."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let reply = try await options.client().post("/nfc/remove")
        try options.console.show(reply) { ["the reader is empty"] }
    }
}
