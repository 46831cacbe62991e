package import Logging
import Threads

/// Keeps a reader process running and tells what it sees.
///
/// It restarts a reader that dies, hangs or loses its device, with a growing wait. The rules are in
/// ``SupervisorMachine``, the work in ``ReaderLoop``.
package final class ReaderSupervisor: Sendable {
    /// Tags and states, in order, for one listener. Ends when ``run()`` does.
    ///
    /// Holds 256 events for a listener that is busy. Beyond that the oldest are dropped, with a warning: what lies on
    /// the reader now matters more than what lay there long ago.
    package let events: AsyncStream<ReaderEvent>

    private let configuration: ReaderConfiguration
    private let logger: Logger
    private let sink: AsyncStream<ReaderEvent>.Continuation
    private let stopping = Wakeup()

    package init(configuration: ReaderConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        (events, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(256))
    }

    /// Runs readers until the task is cancelled, then ends the last one and returns. To be called once.
    package func run() async {
        var thread: WorkerThread?
        await withTaskCancellationHandler {
            await withCheckedContinuation { ended in
                thread = WorkerThread(name: "reader") { [configuration, stopping, sink, logger] in
                    var loop = ReaderLoop(configuration: configuration, stopping: stopping, sink: sink, logger: logger)
                    loop.run()
                    ended.resume()
                }
            }
        } onCancel: {
            stopping.signal()
        }
        // It has nothing left to do.
        thread?.join()
        sink.finish()
    }
}
