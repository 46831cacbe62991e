import ArgumentParser
import MusicBoxAPI

struct PlaylistShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "List the tracks of a playlist.")

    @Argument(help: "Its title, the beginning of its title, or its id.")
    var playlist: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let id = try await client.playlist(named: playlist).id
        let reply = try await client.get("/playlists/\(id.percentEncoded)")
        let console = options.console
        try console.show(reply) {
            let playlist = try reply.decode(Playlist.self)
            var table = Table([
                .init(title: "#", isNumeric: true), .init(title: "TITLE", isFlexible: true), .init(title: "ARTIST"),
                .init(title: "TIME", isNumeric: true), .init(title: "FILE"),
            ])
            for track in playlist.tracks ?? [] {
                let time = DurationText.text(milliseconds: track.durationMs)
                table.add(["\(track.number)", track.title, track.artist ?? "", time, track.filename])
            }
            let total = DurationText.text(milliseconds: playlist.totalDurationMs)
            let tags = playlist.nfcTagIDs.isEmpty ? "no tag" : "tag \(playlist.nfcTagIDs.joined(separator: " "))"
            let heading =
                "\(console.style(playlist.title.printable, .bold))  \(playlist.trackCount) tracks, \(total), \(tags)"
            return [heading] + table.lines(width: console.width, style: console.style)
        }
    }
}
