import ArgumentParser

/// The command line client of Musicbox: everything a phone can do, for people at a shell and for scripts.
///
/// Speaks REST and Socket.IO to a running musicboxd and knows it only by the wire types of `MusicBoxAPI`.
struct MusicBoxCtl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "musicboxctl",
        abstract: "Control a music box: its player, playlists and tags.",
        discussion: """
            Exit codes: 0 done; 1 the server refused, or what the command needs is missing; 64 wrong usage; 65 nothing usable in what was given; \
            66 no such file; 69 no server there (is musicboxd running?); 75 no answer in time, try again; \
            130 interrupted. An error is one line on standard error.

            --json prints the server's data as one JSON document (watch: one per line). Colours only on a terminal, \
            and not when NO_COLOR is set.
            """,
        groupedSubcommands: [
            CommandGroup(
                name: "Player:",
                subcommands: [
                    StatusCommand.self, PlayCommand.self, PauseCommand.self, ToggleCommand.self, StopCommand.self,
                    NextCommand.self, PreviousCommand.self, SeekCommand.self, VolumeCommand.self, SpeedCommand.self,
                    SleepCommand.self,
                    StartCommand.self, WatchCommand.self,
                ]
            ),
            CommandGroup(
                name: "Library:",
                subcommands: [
                    PlaylistsCommand.self, PlaylistCommand.self, AddURLCommand.self, ImportCommand.self,
                    ImportOMBCommand.self, DownloadCommand.self, SyncCommand.self, DemoCommand.self,
                ]
            ),
            CommandGroup(
                name: "Tags:",
                subcommands: [BindCommand.self, UnbindCommand.self, TapCommand.self, RemoveCommand.self]
            ),
            CommandGroup(name: "Box:", subcommands: [HealthCommand.self, BackupCommand.self, RestoreCommand.self]),
        ]
    )
}

@main
enum EntryPoint {
    static func main() async {
        let arguments = ArgumentLine.normalised(Array(CommandLine.arguments.dropFirst()))
        do {
            var command = try await MusicBoxCtl.asyncParseAsRoot(arguments)
            if var asyncCommand = command as? any AsyncParsableCommand {
                try await asyncCommand.run()
            } else {
                try command.run()
            }
        } catch {
            exit(for: error)
        }
    }

    /// Help goes to standard output and is a success; everything else is one line on standard error.
    private static func exit(for error: any Error) -> Never {
        let failure: CtlError
        switch error {
        case let error as CtlError:
            failure = error
        case is CancellationError:
            failure = CtlError(.interrupted, "interrupted")
        default:
            let code = MusicBoxCtl.exitCode(for: error)
            if code.isSuccess || error is ExitCode { MusicBoxCtl.exit(withError: error) }
            let isUsage = code == .validationFailure
            failure = CtlError(
                isUsage ? .usage : .refused,
                MusicBoxCtl.message(for: error),
                remedy: isUsage ? "see musicboxctl help" : nil
            )
        }
        FileOutput.standardError.write("musicboxctl: \(failure)\n")
        MusicBoxCtl.exit(withError: ExitCode(failure.code.rawValue))
    }
}
