/// What the engine reports. Each event about playback carries the request it is about; a reader drops those of requests
/// it no longer cares for.
package enum AudioEvent: Sendable, Equatable {
    /// A loaded request: its first samples were just handed to the device; `firstWriteNanoseconds` is CLOCK_MONOTONIC
    /// just before that `snd_pcm_writei`. A prepared request: its first sample is heard, at that time.
    case started(request: UInt64, durationMs: Int?, firstWriteNanoseconds: UInt64)
    /// The last sample before the pause was heard; also after a load that starts paused.
    case paused(request: UInt64, positionMs: Int)
    /// The first sample after a seek is heard (at once when paused), and where it lies in the file.
    case seeked(request: UInt64, positionMs: Int)
    /// The last sample of the file was heard and nothing was prepared behind it.
    case finished(request: UInt64)
    /// The file of a loaded or prepared request cannot be opened or decoded.
    case failed(request: UInt64, AudioError)
    /// So much of the file could not be decoded that people should know; what could be is played.
    case damaged(request: UInt64, AudioError)
    /// A stream has nothing more to play for the moment, or goes on.
    case buffering(request: UInt64, Bool)
    /// What a station says it plays now; empty when it says nothing any more.
    case titled(request: UInt64, String)
    /// The output opened, fell silent or was lost.
    case output(OutputState)
}

/// What the sound comes out of.
package enum OutputState: Sendable, Equatable {
    /// Nothing was tried yet.
    case starting
    /// The device is open: playing, or ready to play without delay.
    case playing(OutputDescription)
    /// No card can be opened; a silent output keeps time in its place, and the card is tried again.
    case silent(reason: String)
    /// The device is missing or was lost; the position is held until it returns.
    case lost(reason: String)
}

/// What was negotiated with the device.
package struct OutputDescription: Sendable, Equatable {
    /// The PCM's name as given to ALSA.
    package var device: String
    /// In Hz.
    package var rate: Int
    /// As ALSA calls it, for example `S16_LE`.
    package var format: String
    package var channels: Int
    package var periodFrames: Int
    package var bufferFrames: Int
}
