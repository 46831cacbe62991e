import CNFC
import Synchronization

/// The way for another thread to break into a libnfc call.
///
/// `nfc_abort_command` is the one call that libnfc allows on a device in use; the lock keeps the device from being
/// closed under it.
final class Interrupter: Sendable {
    /// Only ever given to `nfc_abort_command`, under the lock.
    private struct Handle: @unchecked Sendable {
        let device: OpaquePointer
    }

    private let handle = Mutex<Handle?>(nil)

    func set(_ device: OpaquePointer) {
        let new = Handle(device: device)
        handle.withLock { $0 = new }
    }

    func clear() {
        handle.withLock { $0 = nil }
    }

    func abort() {
        handle.withLock { handle in
            guard let handle else { return }
            nfc_abort_command(handle.device)
        }
    }
}
