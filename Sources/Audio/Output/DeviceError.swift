import CALSA
import Glibc

/// A failed ALSA call: its negated errno, and the call.
struct DeviceError: Error, Equatable {
    let code: Int32
    let message: String

    /// Reads the message that libasound kept for this thread, if there is one.
    init(_ call: String, device: String, code: Int32) {
        self.code = code
        let reason = String(cString: snd_strerror(code))
        let detail = String(cString: calsa_last_message())
        let hint: String =
            switch -code {
            case EBUSY: "; another program is using it"
            case EACCES, EPERM: "; the user of this process must be in the group \"audio\""
            default: ""
            }
        message =
            "cannot use audio device \"\(device)\": \(reason)\(hint) (\(call)\(detail.isEmpty ? "" : ": \(detail)"))"
    }

    init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }
}
