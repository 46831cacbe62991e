/// What the player machine wants done; the box carries the actions out in order.
package enum PlayerAction: Sendable, Equatable {
    case load(PlayRequest)
    case prepareNext(PlayRequest?)
    case pause
    case resume
    case stop
    case seek(toMs: Int)
    case setVolume(Int, muted: Bool)
    case setSpeed(Double)
    /// Lets the sound fade to silence, which then stays; nil brings it back.
    case fade(overMs: Int?)
    /// The playlist goes on here next time.
    case saveResume(playlistID: String, trackID: String, positionMs: Int)
    /// The playlist was played to its end: next time it starts from the beginning.
    case clearResume(playlistID: String)
    case countPlay(trackID: String)
    case announceState
    /// One position is owed to the listeners, playing or not.
    case announcePosition
    case announceVolume
}
