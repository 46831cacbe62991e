import Logging
import MusicBox
import MusicLibrary
import ServiceLifecycle

/// Keeps the library in step with the media directory, and ends what is under way at the shutdown.
struct JobService: Service {
    let jobs: BoxJobs
    let library: MusicLibrary
    /// Nil when nothing is to happen by itself.
    let watchedDirectory: String?
    let time: SystemTime
    let logger: Logger

    func run() async throws {
        await library.discardReplaced()
        let watcher = watchedDirectory.map { MediaWatcher(directory: $0, logger: logger) }
        let thread = watcher?.start()
        await cancelWhenGracefulShutdown {
            if let watcher {
                await SyncSchedule(sync: jobs.sync, time: time, logger: logger).run(changes: watcher.changes)
            } else {
                try? await Task.sleep(for: .seconds(Int32.max))
            }
        }
        watcher?.stop(thread)
        await jobs.downloads.stop()
    }
}
