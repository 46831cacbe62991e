/// One attempt to play a file.
package struct PlayRequest: Sendable, Equatable {
    /// Names the attempt in events and positions. The caller's choice, strictly increasing.
    package var id: UInt64
    /// Absolute path of the file; the http(s) address of a stream.
    package var path: String
    package var isStream: Bool
    /// The part of the file that is meant, as if it were a file of its own: positions and durations are its own.
    package struct Part: Sendable, Equatable {
        /// In milliseconds from the start of the file's sound.
        package var startMs: Int
        /// nil: to the end of the file.
        package var endMs: Int?

        package init(startMs: Int, endMs: Int?) {
            self.startMs = max(0, startMs)
            self.endMs = endMs
        }
    }

    /// nil: all of the file.
    package var part: Part?
    /// Where to start, in milliseconds from the start of the sound.
    package var positionMs: Int
    /// Load and stand at the position; `resume()` starts the sound.
    package var startPaused: Bool
    /// Linear factor for the samples of this file, exactly from its first to its last; 1 leaves them as they are.
    package var gain: Float

    package init(
        id: UInt64,
        path: String,
        positionMs: Int = 0,
        startPaused: Bool = false,
        part: Part? = nil,
        isStream: Bool = false,
        gain: Float = 1
    ) {
        self.id = id
        self.path = path
        self.isStream = isStream
        self.part = part
        self.positionMs = max(0, positionMs)
        self.startPaused = startPaused
        self.gain = gain
    }

    /// Whether this begins in the same file where `other` ends.
    func continues(_ other: PlayRequest) -> Bool {
        path == other.path && positionMs == 0 && part != nil && other.part?.endMs == part?.startMs
    }
}
