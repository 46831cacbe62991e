import ArgumentParser

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show live what happens on the box, until Ctrl-C.",
        discussion: """
            One line per change; on a terminal also the position, live. A lost connection is taken up again. With \
            --json each event is one line, {"event":NAME,"payload":{...}}, positions included.
            """
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = SocketClient(server: try options.server(), timeout: options.timeoutAmount)
        let console = options.console
        do {
            try await cancelledBySignals { try await Watcher(client: client, console: console).run() }
        } catch is CancellationError {
            // Ctrl-C is how one stops watching, not a failure.
        }
    }
}
