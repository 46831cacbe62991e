import ArgumentParser
import MusicBoxAPI

struct PlaylistDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a playlist with its tracks, and free its tags."
    )

    @Argument(help: "Its whole title or its id. A beginning is not enough here.")
    var playlist: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let match = try await client.playlist(named: playlist)
        guard match.id == playlist || match.title.lowercased() == playlist.lowercased() else {
            throw CtlError(
                .refused,
                "\"\(playlist)\" is only the beginning of \"\(match.title)\"",
                remedy: "to delete it, give the whole title or the id"
            )
        }
        let reply = try await client.delete("/playlists/\(match.id.percentEncoded)")
        try options.console.show(reply) { ["deleted \(match.title.printable)"] }
    }
}
