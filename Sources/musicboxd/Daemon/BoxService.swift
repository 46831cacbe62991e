import Audio
import MusicBox
import NFC
import ServiceLifecycle

/// Runs the box for as long as the daemon lives.
struct BoxService: Service {
    let box: MusicBox
    let soundReports: AsyncMapSequence<AsyncStream<AudioEvent>, SoundReport>
    let readerEvents: AsyncStream<ReaderEvent>

    func run() async throws {
        await withGracefulShutdownHandler {
            await box.run(soundReports: soundReports, readerEvents: readerEvents)
        } onGracefulShutdown: {
            box.shutDown()
        }
    }
}
