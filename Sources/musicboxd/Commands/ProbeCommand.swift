import ArgumentParser
import Audio
import Glibc
import Logging
import NFC

/// `musicboxd probe`: one part of the box on the real device, with the daemon's own code.
struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Try one part of the box by itself, with the daemon's own code.",
        subcommands: [Card.self, Reader.self, Decode.self]
    )

    struct Card: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "audio",
            abstract: "List the sound cards, open audio.device and play a tone of one second."
        )

        @OptionGroup var options: ConfigurationOptions

        func run() throws {
            let settings = try options.settings()
            for device in AudioDevices.list() { print("\(device.name)\n    \(device.description)") }
            do {
                let (output, excessMs) = try AudioDevices.playTone(settings.audioConfiguration)
                print(
                    "played a tone on \"\(output.device)\": \(output.format), \(output.rate) Hz, \(output.channels) channels, "
                        + "buffer \(output.bufferFrames) frames in periods of \(output.periodFrames); "
                        + "it ended \(excessMs) ms after its second"
                )
            } catch {
                throw Failure(EX_UNAVAILABLE, error.message)
            }
        }
    }

    struct Reader: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "nfc",
            abstract: "Run the reader as the daemon does and print what it says, until Ctrl-C or the time is up."
        )

        @OptionGroup var options: ConfigurationOptions

        @Option(help: "How long to listen.")
        var seconds = 10

        func run() async throws {
            let settings = try options.settings()
            var logger = Logger(label: "probe")
            logger.logLevel = .error
            let reader = ReaderSupervisor(configuration: settings.readerConfiguration, logger: logger)
            let wasReady = await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    await reader.run()
                    return false
                }
                group.addTask {
                    try? await Task.sleep(for: .seconds(seconds))
                    return false
                }
                group.addTask {
                    var wasReady = false
                    for await event in reader.events {
                        if case .state(.ready) = event { wasReady = true }
                        print(event.line)
                    }
                    return wasReady
                }
                _ = await group.next()
                group.cancelAll()
                return await group.reduce(false) { $0 || $1 }
            }
            guard wasReady else {
                throw Failure(EX_UNAVAILABLE, "no reader answered: check nfc.device and the wiring")
            }
        }
    }

    struct Decode: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "decode",
            abstract: "Read the tags of a file and decode it to its end."
        )

        @Argument(help: "An audio file.")
        var file: String

        @Option(help: "Only go to this place, in milliseconds, and tell how long it takes until it can be heard.")
        var from: Int?

        @Flag(help: "Only read the tags, as an import does.")
        var tags = false

        func run() throws {
            do {
                if let from {
                    let start = try AudioFile.timeToSound(path: file, positionMs: from)
                    let milliseconds = Double(Int(start.seconds * 100_000)) / 100
                    print("at \(start.positionMs) ms after \(milliseconds) ms")
                    return
                }
                let content = try AudioFile.probe(path: file)
                print("\(content.container), \(content.codec), \(content.sampleRate) Hz, \(content.channels) channels")
                for (name, value) in [("title", content.title), ("artist", content.artist), ("album", content.album)] {
                    if let value { print("\(name): \(value)") }
                }
                if let cover = content.cover { print("cover: \(cover.mimeType), \(cover.bytes.count) bytes") }
                for chapter in content.chapters { print("chapter: \(chapter.startMs) ms \(chapter.title ?? "")") }
                if tags { return }
                let report = try AudioFile.decode(path: file)
                print(
                    "decoded \(report.frames) frames, \(report.durationMs) ms, \(report.errors) errors, "
                        + "\(Int(report.speed)) times as fast as it plays"
                )
            } catch {
                throw Failure(EX_DATAERR, error.message)
            }
        }
    }
}

extension ReaderEvent {
    fileprivate var line: String {
        switch self {
        case .tag(.placed(let tag, _)): "placed \(tag)"
        case .tag(.removed(let tag)): "removed \(tag)"
        case .state(.starting): "starting"
        case .state(.ready(let name)): "ready: \(name)"
        case .state(.missing(let reason)): "missing: \(reason)"
        case .state(.failed(let reason)): "failed: \(reason)"
        }
    }
}
