/// One attempt to play a file.
package struct PlayRequest: Sendable, Equatable {
    /// Names the attempt in events and positions. The caller's choice, strictly increasing.
    package var id: UInt64
    /// Absolute path of the file.
    package var path: String
    /// Where to start, in milliseconds from the start of the sound.
    package var positionMs: Int
    /// Load and stand at the position; `resume()` starts the sound.
    package var startPaused: Bool
    /// Linear factor for the samples of this file, exactly from its first to its last; 1 leaves them as they are.
    package var gain: Float

    package init(id: UInt64, path: String, positionMs: Int = 0, startPaused: Bool = false, gain: Float = 1) {
        self.id = id
        self.path = path
        self.positionMs = max(0, positionMs)
        self.startPaused = startPaused
        self.gain = gain
    }
}
