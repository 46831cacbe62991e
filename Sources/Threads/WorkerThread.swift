import CLinux
import Glibc
import Synchronization

/// A named thread that is joined before its owner goes, or let go.
package final class WorkerThread: Sendable {
    private let handle: Mutex<pthread_t?>

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// - Parameter name: at most 15 bytes.
    package init(name: String, body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                clinux_thread_name(start.name)
                start.body()
                return nil
            },
            start.toOpaque()
        )
        precondition(result == 0, "pthread_create failed (\(result)): the process has no threads left")
        handle = Mutex(thread)
    }

    /// Lets the thread end by itself; nobody waits for it.
    package func detach() {
        let thread = handle.withLock { handle in
            let thread = handle
            handle = nil
            return thread
        }
        if let thread { pthread_detach(thread) }
    }

    /// Waits until the body has returned. Later calls return at once.
    package func join() {
        let thread = handle.withLock { handle in
            let thread = handle
            handle = nil
            return thread
        }
        if let thread { pthread_join(thread, nil) }
    }
}
