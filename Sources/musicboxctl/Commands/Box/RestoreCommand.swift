import ArgumentParser
import Glibc
import MusicBoxAPI
import NIOCore

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Replace everything on the box by what a backup holds.",
        discussion: """
            The box receives the file beside what it has, checks it, and starts again with it: the music stops for some \
            seconds. If anything is wrong with the file, or there is no room for both, nothing changes.
            """
    )

    @Argument(help: "A file that musicboxctl backup wrote.", completion: .file())
    var file: String

    @Flag(help: "Also on a box that has playlists, which are then gone.")
    var force = false

    @OptionGroup var options: GlobalOptions

    /// At the end the box checks the database and waits for its card.
    private static let timeout = TimeAmount.minutes(10)
    private static let restartTime = Duration.seconds(60)

    func run() async throws {
        var status = stat()
        guard stat(file, &status) == 0 else {
            throw CtlError(.noInput, "\(file) cannot be read (\(String(cString: strerror(errno)).lowercased()))")
        }
        guard status.st_mode & S_IFMT == S_IFREG, BackupFile.isBackup(file) else {
            throw CtlError(
                .data,
                "\(file) is no backup of a Musicbox",
                remedy: "give a file that musicboxctl backup wrote"
            )
        }
        let (client, console, file, size) = (try options.client(), options.console, file, Int(status.st_size))
        let playlists = try await client.playlists()
        guard playlists.isEmpty || force else {
            throw CtlError(
                .refused,
                "the box has \(playlists.count == 1 ? "1 playlist" : "\(playlists.count) playlists"), which would be gone",
                remedy: "--force replaces them"
            )
        }
        let reply = try await cancelledBySignals {
            let progress = TransferLine(file: console.remarks)
            defer { progress.end() }
            let reply = try await client.http.send(
                try SourceFile(path: file),
                size: size,
                type: "application/x-tar",
                to: "/api/system/restore",
                timeout: max(client.http.timeout, Self.timeout)
            ) { progress.advance($0) }
            return try MusicBoxReply(reply, server: client.http.server, accepting: [])
        }
        let result = try reply.decode(RestoreResult.self)
        try await waitForRestart(of: client)
        try console.show(reply) { ["restored \(result.playlists) playlists with \(result.tracks) tracks"] }
    }

    private struct Info: Decodable {
        /// Seconds.
        var uptime: Double
    }

    /// The box is back when it answers and has not been up for longer than this wait.
    private func waitForRestart(of client: MusicBoxClient) async throws {
        let clock = ContinuousClock()
        let begin = clock.now
        while begin.duration(to: clock.now) < Self.restartTime {
            let waited = begin.duration(to: clock.now) / .seconds(1)
            if let info = try? await client.get("/system/info").decode(Info.self), info.uptime < waited { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw CtlError(
            .temporary,
            "the box has received the backup, but is not back yet",
            remedy: "see its log (journalctl -u musicboxd), or start it"
        )
    }
}
