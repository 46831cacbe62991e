import ArgumentParser
import MusicBoxAPI

struct StartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Play a playlist, from its resume position or from a given track."
    )

    @Argument(help: "Its title, the beginning of its title, or its id.")
    var playlist: String

    @Argument(help: "The number of the track to begin with, from 1.")
    var track: Int?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if let track, track < 1 { throw ValidationError("tracks are counted from 1") }
    }

    func run() async throws {
        let client = try options.client()
        let id = try await client.playlist(named: playlist).id.percentEncoded
        let reply = try await client.post(track.map { "/playlists/\(id)/play/\($0)" } ?? "/playlists/\(id)/start")
        try options.console.showPlayer(reply)
    }
}
