import CNFC
import NFCTag

/// An open libnfc device that looks for type A tags. Lives on the main thread; see ``Interrupter`` for the exception.
struct NFCDevice: ~Copyable {
    /// What one poll found.
    enum Answer {
        case tag(TagID)
        case nothing
        /// The chip or the way to it failed, with a code of libnfc.
        case failure(CInt)
    }

    let name: String
    let mustNotPause: Bool
    private let handle: OpaquePointer
    private let port: SerialPort?
    private let interrupter: Interrupter

    private init(
        _ handle: OpaquePointer,
        port: consuming SerialPort?,
        mustNotPause: Bool,
        interrupter: Interrupter
    ) {
        self.handle = handle
        self.port = port
        self.mustNotPause = mustNotPause
        self.interrupter = interrupter
        name = String(cString: nfc_device_get_name(handle))
        interrupter.set(handle)
    }

    /// Opens `connection` and readies it for short selects.
    static func open(
        _ connection: ConnectionString,
        in context: OpaquePointer,
        interrupter: Interrupter
    ) throws(ReaderFailure) -> NFCDevice {
        var port: SerialPort?
        if let path = connection.path {
            if connection.isSerial {
                port = try SerialPort(path: path)
            } else {
                try DeviceFile.check(path: path)
            }
        }
        guard let handle = nfc_open(context, connection.text) else {
            throw .missing("no reader answers at \(connection.text); check its wiring, its mode switches and its power")
        }
        let device = NFCDevice(
            handle,
            port: port.take(),
            mustNotPause: connection.mustNotPause,
            interrupter: interrupter
        )
        try device.ready()
        return device
    }

    deinit {
        interrupter.clear()
        nfc_close(handle)
    }

    /// Looks once for a tag; a few milliseconds when there is none, at most about 300 when the chip is silent.
    ///
    /// - Parameter known: Looks only for this tag.
    func poll(for known: TagID?) -> Answer {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 10) { uid in
            let known = known?.bytes ?? []
            let found = CNFC_select_iso14443a(handle, known, known.count, uid.baseAddress)
            if found < 0 { return .failure(found) }
            // A UID of another length is a garbled answer that passed its checksum; treat it as no tag.
            return TagID(bytes: uid.prefix(Int(found))).map { .tag($0) } ?? .nothing
        }
    }

    /// Drops the field for a moment, which is the only thing that resets a tag whatever state it is in.
    ///
    /// Returns the code of libnfc, negative on failure.
    func cycleField() -> CInt {
        let off = nfc_device_set_property_bool(handle, NP_ACTIVATE_FIELD, false)
        return off < 0 ? off : nfc_device_set_property_bool(handle, NP_ACTIVATE_FIELD, true)
    }

    /// What libnfc says about its last error.
    var lastError: String { String(cString: nfc_strerror(handle)) }

    private func ready() throws(ReaderFailure) {
        // NP_INFINITE_SELECT off sets the chip's MxRtyPassiveActivation to 2, so a select without a tag returns after
        // three tries. nfc_initiator_init() turns it on, hence the order. No automatic RATS: the UID is all that is
        // wanted, and a tag that was never taken to ISO/IEC 14443-4 answers the next select without being deselected.
        guard nfc_initiator_init(handle) >= 0,
            nfc_device_set_property_bool(handle, NP_INFINITE_SELECT, false) >= 0,
            nfc_device_set_property_bool(handle, NP_AUTO_ISO14443_4, false) >= 0
        else { throw .lost("\(name) did not accept its settings: \(lastError)") }
    }
}
