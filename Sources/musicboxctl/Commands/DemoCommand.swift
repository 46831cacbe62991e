import ArgumentParser
import MusicBoxAPI

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Fill the box with demo music and bind demo tags to it.",
        discussion: """
            Makes a few playlists of public-domain tunes on a music-box voice (this takes some seconds and the ffmpeg \
            program), imports them and binds a tag to each; musicboxctl tap TAG then plays one. Does nothing if the \
            box has playlists already.
            """
    )

    @Flag(help: "Also on a box that has playlists. What is missing of the demo music is added; nothing is doubled.")
    var force = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let console = options.console
        let playlists = try await client.playlists()
        guard playlists.isEmpty || force else {
            if console.json { try console.document(DemoReport()) }
            let count = playlists.count == 1 ? "1 playlist" : "\(playlists.count) playlists"
            return console.remark(
                "the box has \(count) already, nothing was changed; --force adds the demo music to them"
            )
        }
        let report = try await cancelledBySignals { try await DemoImport(client: client, console: console).run() }
        if console.json {
            try console.document(report)
        } else {
            report.lines.forEach(console.line)
        }
    }
}
