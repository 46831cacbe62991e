import ArgumentParser
import Glibc
import MusicBoxAPI
import NIOCore
import NIOHTTP1

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Save the whole box to a file: library, music, covers, tags, settings.",
        discussion: """
            The file is a tar archive, written while the box plays. Its configuration file, which belongs to the machine, \
            is not in it.
            """
    )

    @Argument(help: "The file to be written.", completion: .file())
    var file: String

    @Flag(help: "Write over a file that is there already.")
    var force = false

    @OptionGroup var options: GlobalOptions

    /// The box may copy a large database before the first byte comes.
    private static let timeout = TimeAmount.minutes(5)

    func run() async throws {
        guard force || access(file, F_OK) != 0 else {
            throw CtlError(.refused, "\(file) is there already", remedy: "--force writes over it")
        }
        let client = try options.client()
        let console = options.console
        let part = file + ".part"
        let descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CtlError(.noInput, "\(part) cannot be written (\(String(cString: strerror(errno)).lowercased()))")
        }
        let size: Int
        do {
            defer { close(descriptor) }
            size = try await cancelledBySignals { try await Self.receive(client, into: descriptor, console: console) }
            guard fsync(descriptor) == 0, rename(part, file) == 0 else {
                throw CtlError(.noInput, "\(file) cannot be written (\(String(cString: strerror(errno)).lowercased()))")
            }
        } catch {
            // Half a backup is none.
            unlink(part)
            throw error
        }
        if console.json {
            try console.document(["file": JSONValue.string(file), "size": .int(size)])
        } else {
            console.line("saved to \(file.printable), \(ByteText.text(size))")
        }
    }

    private static func receive(_ client: MusicBoxClient, into descriptor: CInt, console: Console) async throws -> Int {
        let progress = TransferLine(file: console.remarks)
        defer { progress.end() }
        let reply = try await client.http.receive(
            "/api/system/backup",
            into: descriptor,
            timeout: max(client.http.timeout, timeout)
        ) { progress.advance($0) }
        guard reply.head.status == .ok else {
            _ = try MusicBoxReply(reply, server: client.http.server, accepting: [])
            throw ConnectionFailure.notMusicbox(client.http.server, detail: "HTTP \(reply.head.status.code)")
        }
        // What answers with a page of its own is no box.
        guard BackupFile.isBackup(descriptor) else {
            throw ConnectionFailure.notMusicbox(client.http.server, detail: "what it sent is no backup")
        }
        return progress.total
    }
}
