import ArgumentParser
import MusicBoxAPI

struct PlaylistsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "playlists",
        abstract: "List the playlists.",
        aliases: ["ls"]
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let playlists = try await options.client().playlists()
        let console = options.console
        if console.json { return try console.document(["playlists": playlists]) }
        guard !playlists.isEmpty else {
            return console.remark("no playlists yet: musicboxctl import DIR, or musicboxctl demo")
        }
        var table = Table([
            .init(title: "TITLE", isFlexible: true), .init(title: "TRACKS", isNumeric: true),
            .init(title: "TIME", isNumeric: true), .init(title: "TAGS"), .init(title: "ID"),
        ])
        for playlist in playlists {
            table.add([
                playlist.title, "\(playlist.trackCount)", DurationText.text(milliseconds: playlist.totalDurationMs),
                playlist.nfcTagIDs.isEmpty ? "-" : playlist.nfcTagIDs.joined(separator: " "), playlist.id,
            ])
        }
        table.lines(width: console.width, style: console.style).forEach(console.line)
    }
}
