/// Why a file cannot be played or a device cannot be used. The message names the object and is fit for people.
package struct AudioError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// There is no file at the path.
        case fileMissing
        /// The file exists but cannot be read: permissions, a directory, a failing disk.
        case fileUnreadable
        /// The content is not audio that can be decoded.
        case notAudio
        /// Audio, but of a kind that cannot be played: an absurd rate, no channels, no decoder.
        case unsupported
        /// Audio with parts that cannot be decoded.
        case damaged
        /// An address that does not answer, or refuses.
        case unreachable
        /// No PCM device of that name can be opened.
        case deviceUnavailable
        /// The device was open and has failed.
        case deviceLost
        /// The operation was given up because something newer replaced it, or its time was up.
        case interrupted
    }

    package let code: Code
    package let message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
