import ArgumentParser
import MusicBoxAPI
import NIOCore

struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Take files into the library that were put into the box's media folder by other means.",
        discussion: """
            A folder is a playlist. Files that moved keep their tags and resume points; nothing is ever deleted from the \
            disk. The box does the same by itself some seconds after files came (library.watch).
            """
    )

    @OptionGroup var options: GlobalOptions

    /// Ten thousand new files on a slow card.
    private static let timeout = TimeAmount.hours(1)

    func run() async throws {
        let client = try options.client()
        let console = options.console
        let reply = try await client.post(
            "/playlists/sync",
            timeout: max(client.http.timeout, Self.timeout)
        )
        let result = try reply.decode(SyncResult.self)
        for skipped in result.skipped { console.remark("skipped \(skipped.file): \(skipped.reason)".printable) }
        if let notice = result.notice { console.remark(notice.printable) }
        try console.show(reply) { [Self.line(result)] }
    }

    static func line(_ result: SyncResult) -> String {
        var parts = ["\(result.tracksAdded) added", "\(result.tracksRemoved) removed"]
        if result.tracksMoved > 0 { parts.append("\(result.tracksMoved) moved") }
        if result.tracksMissing > 0 { parts.append("\(result.tracksMissing) kept though their file is not there") }
        if result.unfinished > 0 { parts.append("\(result.unfinished) still being copied") }
        return "\(result.playlistsCount) playlists; tracks: " + parts.joined(separator: ", ")
    }
}
