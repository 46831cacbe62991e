/// What the output thread tells the decoder thread.
struct Notice: BitwiseCopyable, Sendable {
    enum Kind: UInt8, BitwiseCopyable, Sendable {
        /// The first frames of a request were handed to the device; `value` is the time just before.
        case started
        /// The first frame of a joined request is heard; `value` is the time.
        case entered
        /// `value` is the position in microseconds.
        case paused
        /// `value` is the position in microseconds.
        case seeked
        case finished
        /// The output state changed: see `OutputLink.outputState`; `value` is the device's rate, or 0 without a device.
        /// `request` and `microseconds` tell what was heard last.
        case output
        /// The device ran dry or was resumed; `value` is the count so far.
        case xrun
    }

    var kind: Kind
    var epoch: UInt16 = 0
    var request: UInt64 = 0
    var value: UInt64 = 0
    var microseconds: Int64 = 0
}
