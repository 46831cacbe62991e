import MusicBox
import NFC
import ServiceLifecycle

/// Runs the box with its reader for as long as the daemon lives.
struct BoxService: Service {
    let box: MusicBox
    let sound: EngineAdapter
    let reader: ReaderSupervisor

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await reader.run() }
            await withGracefulShutdownHandler {
                await box.run(soundReports: sound.reports, readerEvents: reader.events)
            } onGracefulShutdown: {
                box.shutDown()
            }
            group.cancelAll()
        }
    }
}
