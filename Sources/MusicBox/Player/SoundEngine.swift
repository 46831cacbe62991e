/// What the box needs of an audio engine. Every call returns at once; what comes of it is reported as ``SoundReport``.
///
/// The daemon's implementation drives the `Audio` module; the tests' keeps a list of the calls.
package protocol SoundEngine: Sendable {
    /// Plays `request` instead of everything before it.
    func load(_ request: PlayRequest)
    /// Lets `request` follow the one that plays without a gap; nil takes the last one back.
    func prepareNext(_ request: PlayRequest?)
    func pause()
    func resume()
    func stop()
    func seek(toMs: Int)
    /// `volume` is 0...100 on a perceptual curve.
    func setVolume(_ volume: Int, muted: Bool)
    /// How fast files play, 0.5...2, with their pitch kept. Positions stay those of the file.
    func setSpeed(_ speed: Double)
    /// Lets the sound fade to silence, which then stays, whatever is played; nil brings it back.
    func fade(overMs: Int?)
    /// What is heard at this moment; nil when nothing is loaded.
    var position: SoundPosition? { get }
}

/// Where the listener is.
package struct SoundPosition: Sendable, Equatable {
    package let request: UInt64
    package let positionMs: Int

    package init(request: UInt64, positionMs: Int) {
        self.request = request
        self.positionMs = positionMs
    }
}

/// What the sound engine has to say.
package enum SoundReport: Sendable, Equatable {
    /// The first sample of the request went to the device, at `firstWriteNanoseconds` of CLOCK_MONOTONIC.
    case started(request: UInt64, durationMs: Int?, firstWriteNanoseconds: UInt64)
    case paused(request: UInt64, positionMs: Int)
    case seeked(request: UInt64, positionMs: Int)
    /// The last sample of the request was heard and nothing was prepared behind it.
    case finished(request: UInt64)
    /// The file cannot be played; the message names it.
    case failed(request: UInt64, message: String)
    /// Parts of the file could not be played; the message names it.
    case damaged(request: UInt64, message: String)
    /// A stream has nothing more to play for the moment, or goes on.
    case buffering(request: UInt64, Bool)
    /// What a station says it plays.
    case titled(request: UInt64, String)
    /// The output changed: nil when sound is heard, else why it is not.
    case output(problem: String?)
}
