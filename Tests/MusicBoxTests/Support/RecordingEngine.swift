import MusicBox
import Synchronization

/// A sound engine that keeps a list of its calls and says what a test puts into it.
final class RecordingEngine: SoundEngine {
    enum Call: Sendable, Equatable {
        case load(PlayRequest)
        case prepareNext(PlayRequest?)
        case pause, resume, stop
        case seek(Int)
        case setVolume(Int, muted: Bool)
        case setSpeed(Double)
        case fade(overMs: Int?)
    }

    private struct State {
        var calls: [Call] = []
        var position: SoundPosition?
    }

    private let state = Mutex(State())

    var calls: [Call] { state.withLock(\.calls) }

    /// The requests that were loaded, oldest first.
    var loads: [PlayRequest] { calls.compactMap { if case .load(let request) = $0 { request } else { nil } } }

    var position: SoundPosition? {
        get { state.withLock(\.position) }
        set { state.withLock { $0.position = newValue } }
    }

    func load(_ request: PlayRequest) { note(.load(request)) }
    func prepareNext(_ request: PlayRequest?) { note(.prepareNext(request)) }
    func pause() { note(.pause) }
    func resume() { note(.resume) }
    func stop() { note(.stop) }
    func seek(toMs positionMs: Int) { note(.seek(positionMs)) }
    func setVolume(_ volume: Int, muted: Bool) { note(.setVolume(volume, muted: muted)) }
    func fade(overMs: Int?) { note(.fade(overMs: overMs)) }

    func setSpeed(_ speed: Double) { note(.setSpeed(speed)) }

    private func note(_ call: Call) { state.withLock { $0.calls.append(call) } }
}
