/// One attempt to play one file: the player's order to the sound engine.
package struct PlayRequest: Sendable, Equatable {
    /// The request id: strictly increasing. Reports of the sound engine carry it, and those of an older attempt are
    /// dropped by it.
    package let id: UInt64
    /// The absolute path of the file.
    package let path: String
    package let positionMs: Int
    /// In dB, applied to the samples of this file beside the volume.
    package let gain: Double

    package init(id: UInt64, path: String, positionMs: Int, gain: Double = 0) {
        self.id = id
        self.path = path
        self.positionMs = positionMs
        self.gain = gain
    }
}
