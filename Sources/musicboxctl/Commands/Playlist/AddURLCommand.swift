import ArgumentParser
import MusicBoxAPI

struct AddURLCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-url",
        abstract: "Add a radio station or a podcast's episode to a playlist."
    )

    @Argument(help: "The playlist's title or id.")
    var playlist: String

    @Argument(help: "Its http:// or https:// address.")
    var url: String

    @Option(help: "What to call it; else it is named after the address.")
    var title: String?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let id = try await client.playlist(named: playlist).id
        var body: [String: JSONValue] = ["url": .string(url)]
        if let title { body["title"] = .string(title) }
        let reply = try await client.post("/playlists/\(id)/tracks", .object(body))
        try options.console.show(reply) {
            let track = try reply.decode(FinalizedUpload.self).track
            return ["\(track.number). \(track.title)"]
        }
    }
}
