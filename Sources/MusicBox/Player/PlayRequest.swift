/// One attempt to play one file: the player's order to the sound engine.
package struct PlayRequest: Sendable, Equatable {
    /// The request id: strictly increasing. Reports of the sound engine carry it, and those of an older attempt are
    /// dropped by it.
    package let id: UInt64
    /// The absolute path of the file; an http(s) address if `isStream`.
    package let path: String
    /// Counted from `startMs`.
    package let positionMs: Int
    /// Which part of the file is the track, in milliseconds; nil: up to its end.
    package let startMs: Int
    package let endMs: Int?
    package let isStream: Bool
    /// In dB, applied to the samples of this file beside the volume.
    package let gain: Double

    package init(
        id: UInt64,
        path: String,
        positionMs: Int,
        startMs: Int = 0,
        endMs: Int? = nil,
        isStream: Bool = false,
        gain: Double = 0
    ) {
        self.id = id
        self.path = path
        self.positionMs = positionMs
        self.startMs = startMs
        self.endMs = endMs
        self.isStream = isStream
        self.gain = gain
    }
}
