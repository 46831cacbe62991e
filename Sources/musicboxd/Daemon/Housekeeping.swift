import CLinux
import Glibc
import Logging
import MusicBox
import MusicLibrary
import ServiceLifecycle

/// What a box has to do now and then by itself: look at its disk and its database, keep a good copy of the latter, give
/// back memory, tell systemd that it is alive.
struct Housekeeping: Service {
    let box: MusicBox
    let library: MusicLibrary
    let uploads: UploadStore
    let activity: ClientActivity
    let minimumFreeBytes: Int
    let logger: Logger

    /// After the start, when a child may be waiting for the first sound, there is time for this later.
    static let firstCheckAfter: Duration = .seconds(30)
    static let checkInterval: Duration = .seconds(3_600)
    static let sweepInterval: Duration = .seconds(600)
    static let spaceInterval: Duration = .seconds(30)
    /// What is rarely needed goes through all types once more, as the start does; so memory is looked at soon after the
    /// start, after the check, when clients have stopped asking, and now and then for what nobody asked for (a sync).
    static let memoryPauses: [Duration] = [.seconds(3), .seconds(3), .seconds(6), .seconds(23), .seconds(300)]
    static let memoryPauseAfterClients: Duration = .seconds(3)
    /// What this process may have to itself before it gives back what can be read again, which costs 5 ms.
    static let memoryBound = 20_000_000

    func run() async throws {
        if let notice = library.notice {
            logger.warning("\(notice.message)")
            await box.report(.database, .degraded(notice.message))
        }
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await after([Self.sweepInterval]) { await uploads.dropExpired() }
                }
                group.addTask { await after([.zero, Self.spaceInterval]) { await watchSpace() } }
                group.addTask {
                    await after([Self.firstCheckAfter, Self.checkInterval]) { await careForDatabase() }
                }
                group.addTask { await after(Self.memoryPauses) { boundMemory() } }
                group.addTask {
                    await activity.whenQuiet(pause: { try await Task.sleep(for: Self.memoryPauseAfterClients) }) {
                        boundMemory()
                    }
                }
                if let interval = Self.watchdogInterval() {
                    group.addTask { await after([.zero, interval]) { await feedWatchdog() } }
                }
            }
        }
    }

    /// Does it after each of the pauses, and from then on after the last one again and again.
    private func after(_ pauses: [Duration], _ body: () async -> Void) async {
        var index = 0
        while (try? await Task.sleep(for: pauses[index])) != nil {
            await body()
            index = min(index + 1, pauses.count - 1)
        }
    }

    /// Only above the bound: what is given back must be mapped again by the next tap.
    private func boundMemory() {
        let memory = ProcessMemory.now()
        if memory.privateDirty + memory.privateClean > Self.memoryBound { clinux_release_startup_memory() }
    }

    private func watchSpace() async {
        do {
            let free = try await uploads.freeBytes()
            let isEnough = free >= minimumFreeBytes
            await box.report(
                .storage,
                isEnough ? .healthy : .degraded("only \(free >> 20) MB are free: remove something")
            )
        } catch {
            await box.report(.storage, .unhealthy("\(library.directory.path) cannot be reached"))
        }
    }

    private func careForDatabase() async {
        let health = await library.check()
        switch health.state {
        case .good:
            do {
                try await library.backup()
            } catch {
                logger.warning("The database could not be copied", metadata: ["error": "\(error)"])
            }
        case .damaged: await box.report(.database, .unhealthy(health.message ?? "the database is damaged"))
        case .full, .readOnly: await box.report(.database, .degraded(health.message ?? "the disk refuses"))
        }
    }

    /// Proof of life from the inbox itself, not from a timer beside it; sd_notify(3).
    private func feedWatchdog() async {
        do {
            try await box.enqueue { _ in clinux_notify("WATCHDOG=1") }
        } catch {
            logger.warning("The box does not answer", metadata: ["error": "\(error)"])
        }
    }

    /// Half of what systemd allows; nil when it does not watch.
    private static func watchdogInterval() -> Duration? {
        guard let text = getenv("WATCHDOG_USEC"), let microseconds = Int(String(cString: text)) else { return nil }
        return .microseconds(microseconds / 2)
    }
}
