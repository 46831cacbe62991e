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

    /// How it ended.
    enum End {
        case stopped
        /// The box is to begin anew, with a restored state.
        case restarting
    }

    /// Returns after a clean shutdown.
    ///
    /// - Throws: ``Failure`` when the box cannot start at all.
    func run() async throws -> End {
        signal(SIGPIPE, SIG_IGN)
        clinux_limit_heaps(2)
        let time = SystemTime()
        let startedAt = time.now
        let history = LogHistory()
        let logger = Self.logger(level: settings.text("log.level"), history: history, time: time)

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
            limits: settings.uploadLimits,
            files: files,
            probe: { try AudioFile.probe(path: $0).probedFile },
            unpack: ArchiveAdapter.unpack,
            readSheet: { SheetContent(path: $0, durationMs: $1) },
            boot: Self.bootID(),
            logger: logger
        )
        let (restarts, restart) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let jobs = BoxJobs(
            downloads: Downloads(
                box: box,
                media: uploads.media,
                directory: directories.downloads,
                configuration: settings.downloadConfiguration,
                logger: logger
            ),
            sync: LibrarySync(box: box, media: uploads.media, logger: logger),
            backups: BackupStore(
                box: box,
                files: files,
                minimumFreeBytes: settings.integer("storage.min_free_mb") << 20,
                logger: logger
            ),
            restart: { restart.yield() }
        )
        let activity = ClientActivity()
        let server = try BoxServer(
            box: box,
            uploads: uploads,
            jobs: jobs,
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
                memory: { ProcessMemory.now().json },
                logs: { history.all }
            ),
            eventLoopGroup: loops,
            logger: logger,
            onActivity: { activity.note() },
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
            activity: activity,
            minimumFreeBytes: settings.integer("storage.min_free_mb") << 20,
            logger: logger
        )

        // A thread of its own: a file takes minutes here, and an upload must not wait for it.
        let quietThread = NIOThreadPool(numberOfThreads: 1)
        quietThread.start()
        let survey = LoudnessSurvey(
            box: box,
            mediaDirectory: directories.media,
            files: ThreadPoolWork(quietThread),
            measure: { path, isCancelled in
                _ = clinux_request_nice(19)
                return try .measured(path: path, isCancelled: isCancelled)
            },
            logger: logger
        )

        // Before the first upload can come.
        await uploads.restore()
        await jobs.downloads.restore()
        // Shut down in reverse: first nobody comes in any more, then the box writes what is left.
        var parts: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: BoxService(box: box, soundReports: sound.reports, readerEvents: reader.events)),
            .init(service: care),
        ]
        if settings.flag("audio.normalize") { parts.append(.init(service: SurveyService(survey: survey))) }
        parts += [
            .init(
                service: JobService(
                    jobs: jobs,
                    library: library,
                    watchedDirectory: settings.flag("library.watch") ? directories.media : nil,
                    time: time,
                    logger: logger
                )
            ),
            .init(service: server),
        ]
        var services = ServiceGroupConfiguration(
            services: parts,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // A client that never finishes its request must not hold up the end until systemd kills the box.
        services.maximumGracefulShutdownDuration = .seconds(3)
        let group = ServiceGroup(configuration: services)
        let restarting = Task {
            for await _ in restarts {
                await group.triggerGracefulShutdown()
                return true
            }
            return false
        }
        do {
            try await group.run()
        } catch is CancellationError {
            logger.info("Clients that would not leave were cut off")
        } catch {
            throw Failure(starting: error, host: settings.text("http.host"), port: settings.integer("http.port"))
        }
        restart.finish()
        let isRestarting = await restarting.value
        reading.cancel()
        await reading.value
        await library.close()
        try? await quietThread.shutdownGracefully()
        try? await threads.shutdownGracefully()
        try? await loops.shutdownGracefully()
        return isRestarting ? .restarting : .stopped
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
            minVolume: settings.integer("audio.min_volume"),
            maxVolume: settings.integer("audio.max_volume"),
            startVolume: settings.integer("audio.start_volume"),
            initialVolume: settings.integer("audio.initial_volume"),
            sleepFade: .seconds(settings.integer("player.sleep_fade_s")),
            loudness: settings.flag("audio.normalize")
                ? LoudnessTarget(
                    level: Double(settings.integer("audio.target_lufs")),
                    scope: LoudnessTarget.Scope(rawValue: settings.text("audio.gain")) ?? .track
                ) : nil
        )
    }

    private static func logger(level: String, history: LogHistory, time: SystemTime) -> Logger {
        LoggingSystem.bootstrap {
            MultiplexLogHandler([
                StreamLogHandler.standardError(label: $0), LogHistory.Handler(history: history, time: time),
            ])
        }
        var logger = Logger(label: "musicboxd")
        logger.logLevel = Logger.Level(rawValue: level) ?? .info
        return logger
    }

    /// Names this life of the system, from one start of the kernel to the next; random(4).
    private static func bootID() -> String {
        guard let file = fopen("/proc/sys/kernel/random/boot_id", "re") else { return "" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 64)
        guard fgets(&line, Int32(line.count), file) != nil else { return "" }
        return String(String(nullTerminated: line).prefix { !$0.isNewline })
    }

    private static func hostname() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "musicbox" }
        return String(nullTerminated: name)
    }
}

extension Settings {
    var uploadLimits: UploadStore.Limits {
        let quota = integer("storage.quota_mb")
        return UploadStore.Limits(
            minimumFreeBytes: integer("storage.min_free_mb") << 20,
            quotaBytes: quota == 0 ? nil : quota << 20
        )
    }

    var audioConfiguration: AudioConfiguration {
        AudioConfiguration(
            device: text("audio.device"),
            bufferMs: integer("audio.buffer_ms"),
            sampleRate: integer("audio.sample_rate"),
            mixer: text("audio.mixer"),
            crossfadeMs: integer("audio.crossfade_ms")
        )
    }

    var downloadConfiguration: Downloads.Configuration {
        Downloads.Configuration(
            program: YtDlp(program: text("youtube.program")),
            maximumBytes: integer("youtube.max_mb") << 20,
            maximumTime: .seconds(60 * integer("youtube.max_minutes")),
            stallTime: .seconds(integer("youtube.stall_seconds")),
            minimumFreeBytes: integer("storage.min_free_mb") << 20
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
