import ArgumentParser
import MusicBoxAPI

struct DownloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Let the box download a track from the network, by yt-dlp.",
        discussion: "Waits until it is there; Ctrl-C cancels it."
    )

    @Argument(help: "The address of a video or of a sound file: http:// or https://.")
    var address: String

    @Option(help: "The playlist it goes to: title, beginning of its title, or id. Without it a new one is made.")
    var playlist: String?

    @OptionGroup var options: GlobalOptions

    private static let interval = Duration.milliseconds(500)

    func run() async throws {
        let client = try options.client()
        let console = options.console
        var body: [String: JSONValue] = ["url": .string(address)]
        if let playlist { body["playlist_id"] = .string(try await client.playlist(named: playlist).id) }
        let begun = try await client.post("/youtube/download", .object(body)).decode(Download.self)
        let path = "/youtube/status/\(begun.taskID.percentEncoded)"
        let reply = try await cancelledBySignals {
            do {
                return try await Self.follow(path, client: client, console: console)
            } catch is CancellationError {
                await shielded { _ = try? await client.delete("/youtube/tasks/\(begun.taskID.percentEncoded)") }
                throw CancellationError()
            }
        }
        let end = try reply.decode(Download.self)
        guard end.status == "completed" else {
            throw CtlError(.refused, "\(address) could not be downloaded (\(end.message ?? "no reason was given"))")
        }
        try console.show(reply) { ["downloaded \((end.title ?? address).printable)"] }
    }

    private static func follow(_ path: String, client: MusicBoxClient, console: Console) async throws -> MusicBoxReply {
        var live = LiveLine(file: console.remarks)
        defer { live.clear() }
        while true {
            let reply = try await client.get(path)
            let state = try reply.decode(Download.self)
            if state.isFinal { return reply }
            live.show("\(Int(state.progressPercent)) % \(state.currentStep) \(state.title ?? "")".printable)
            try await Task.sleep(for: interval)
        }
    }
}
