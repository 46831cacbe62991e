import CNFC
import Glibc
import NFCTag

/// The process that runs libnfc, apart from the daemon because its calls may hang or crash and no thread can be killed.
///
/// It does not try to repair a lost device: it says so and ends, and the daemon starts a fresh process, which is the
/// only way to be sure of fresh state in libnfc and its drivers.
@main
enum MusicboxReader {
    /// How many readers of libnfc's own search are tried, in its order.
    private static let searchLimit = 8

    static func main() {
        let options: Options
        do {
            options = try Options(CommandLine.arguments.dropFirst())
        } catch {
            switch error {
            case .help:
                print(Options.usage, terminator: "")
                exit(0)
            case .invalid(let reason):
                LineOutput.complain("musicbox-reader: \(reason)\n\(Options.usage)")
                exit(ReaderExit.usage)
            }
        }
        let interrupter = Interrupter()
        let stop = StopWatcher(interrupter: interrupter)
        do {
            var loop = PollLoop(device: try openDevice(options, interrupter), options: options, stop: stop)
            do {
                try loop.run()
            } catch {
                // Without closing the device: libnfc would talk to it, and it does not answer.
                fail(error, stop)
            }
        } catch {
            fail(error, stop)
        }
        // _exit, because the watcher's thread still runs and exit handlers would pull its world away.
        _exit(0)
    }

    private static func fail(_ failure: ReaderFailure, _ stop: StopWatcher) -> Never {
        // A call that was aborted for the end is no failure.
        if stop.isRequested { _exit(0) }
        _ = LineOutput.write(.error(code: failure.code, message: failure.message))
        _exit(failure.exit)
    }

    private static func openDevice(_ options: Options, _ interrupter: Interrupter) throws(ReaderFailure) -> NFCDevice {
        var context: OpaquePointer?
        nfc_init(&context)
        guard let context else { throw .missing("libnfc cannot start; is there no memory left?") }
        let candidates = options.device.map { [$0] } ?? search(context)
        var failure = ReaderFailure.missing(
            "no reader found; name it with nfc.device, for example pn532_uart:/dev/ttyS0"
        )
        for candidate in candidates {
            do {
                return try NFCDevice.open(ConnectionString(candidate), in: context, interrupter: interrupter)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private static func search(_ context: OpaquePointer) -> [String] {
        let size = Int(NFC_BUFSIZE_CONNSTRING)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: searchLimit * size) { names in
            names.initialize(repeating: 0)
            let count = CNFC_list_devices(context, names.baseAddress, searchLimit)
            return (0..<min(count, searchLimit)).compactMap { index in
                names.baseAddress.map { String(cString: $0 + index * size) }
            }
        }
    }
}
