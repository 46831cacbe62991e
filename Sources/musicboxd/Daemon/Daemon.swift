import Audio
import CLinux
import Glibc
import Logging
import MusicBox
import MusicBoxServer
import MusicLibrary
import NFC
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// Puts the parts of the box together and runs them.
struct Daemon {
    let settings: Settings

    /// Returns after a clean shutdown.
    ///
    /// - Throws: ``Failure`` when the box cannot start at all.
    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        clinux_limit_heaps(2)
        let time = SystemTime()
        let startedAt = time.now
        let logger = Self.logger(level: settings.text("log.level"))

        // What takes time by itself begins first: the reader (libnfc sleeps 50 ms when it opens a serial port alone),
        // then the card. What they report waits in their streams.
        let reader = ReaderSupervisor(configuration: settings.readerConfiguration, logger: logger)
        let reading = Task { await reader.run() }
        defer { reading.cancel() }
        let engine = try startEngine(logger: logger)
        defer { engine.shutdown() }
        let library = try openLibrary()
        let directories = library.directory
        let sound = EngineAdapter(engine)
        let box = try await MusicBox(
            library: library,
            mediaDirectory: directories.media,
            sound: sound,
            configuration: boxConfiguration(),
            time: time,
            logger: logger
        )

        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        let files = ThreadPoolWork(threads)
        let uploads = UploadStore(
            box: box,
            directories: .init(uploads: directories.uploads, media: directories.media, covers: directories.covers),
            minimumFreeBytes: settings.integer("storage.min_free_mb") << 20,
            files: files,
            probe: { try AudioFile.probe(path: $0).probedFile },
            logger: logger
        )
        let server = BoxServer(
            box: box,
            uploads: uploads,
            configuration: .init(
                host: settings.text("http.host"),
                port: settings.integer("http.port"),
                webRoot: WebRoot.find(configured: settings.text("http.web_root"))
            ),
            facts: SystemFacts(
                version: Version.current,
                hostname: Self.hostname(),
                startedAt: startedAt,
                hasDeveloperPage: settings.flag("http.developer_page"),
                audio: { engine.statistics.json },
                memory: { ProcessMemory.now().json }
            ),
            eventLoopGroup: loops,
            logger: logger,
            onRunning: { channel in
                logger.info(
                    "Listening",
                    metadata: [
                        "host": "\(settings.text("http.host"))", "port": "\(channel.localAddress?.port ?? 0)",
                        "ready_ms": "\(Int((time.now - startedAt) / .milliseconds(1)))",
                    ]
                )
                clinux_notify("READY=1")
            }
        )
        let care = Housekeeping(
            box: box,
            library: library,
            uploads: uploads,
            minimumFreeBytes: settings.integer("storage.min_free_mb") << 20,
            logger: logger
        )

        // Before the first upload can come.
        await uploads.sweep()
        // Shut down in reverse: first nobody comes in any more, then the box writes what is left.
        var services = ServiceGroupConfiguration(
            services: [
                .init(service: BoxService(box: box, soundReports: sound.reports, readerEvents: reader.events)),
                .init(service: care),
                .init(service: server),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // A client that never finishes its request must not hold up the end until systemd kills the box.
        services.maximumGracefulShutdownDuration = .seconds(3)
        do {
            try await ServiceGroup(configuration: services).run()
        } catch is CancellationError {
            logger.info("Clients that would not leave were cut off")
        } catch {
            throw Failure(starting: error, host: settings.text("http.host"), port: settings.integer("http.port"))
        }
        reading.cancel()
        await reading.value
        await library.close()
        try? await threads.shutdownGracefully()
        try? await loops.shutdownGracefully()
    }

    private func startEngine(logger: Logger) throws -> AudioEngine {
        let engine = AudioEngine(configuration: settings.audioConfiguration, logger: logger)
        do {
            try engine.start()
        } catch {
            throw Failure(EX_OSERR, "the audio engine cannot start: \(error)")
        }
        return engine
    }

    private func openLibrary() throws -> MusicLibrary {
        do {
            return try MusicLibrary.open(directory: settings.text("storage.directory"))
        } catch {
            throw Failure(EX_CANTCREAT, "\(error.message)")
        }
    }

    private func boxConfiguration() -> MusicBox.Configuration {
        MusicBox.Configuration(
            policy: TagPolicy(
                onRemove: TagPolicy.Removal(rawValue: settings.text("nfc.on_remove")) ?? .keep,
                onRepeat: TagPolicy.Repeat(rawValue: settings.text("nfc.on_repeat")) ?? .nothing,
                playAtStart: settings.flag("nfc.play_at_start")
            ),
            returnGrace: .milliseconds(settings.integer("nfc.return_grace_ms")),
            maxVolume: settings.integer("audio.max_volume"),
            initialVolume: settings.integer("audio.initial_volume")
        )
    }

    private static func logger(level: String) -> Logger {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: "musicboxd")
        logger.logLevel = Logger.Level(rawValue: level) ?? .info
        return logger
    }

    private static func hostname() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "musicbox" }
        return String(nullTerminated: name)
    }
}

extension Settings {
    var audioConfiguration: AudioConfiguration {
        AudioConfiguration(
            device: text("audio.device"),
            bufferMs: integer("audio.buffer_ms"),
            sampleRate: integer("audio.sample_rate")
        )
    }

    var readerConfiguration: ReaderConfiguration {
        let custom = list("nfc.command")
        guard custom.isEmpty else { return ReaderConfiguration(command: custom) }
        return ReaderConfiguration(command: [
            ProgramPath.sibling("musicbox-reader"),
            "--device", text("nfc.device"),
            "--poll-ms", String(integer("nfc.poll_ms")),
            "--removal-ms", String(integer("nfc.removal_ms")),
        ])
    }
}
