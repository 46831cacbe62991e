import Synchronization
import Threads

/// The one truth about the volume: what is wanted, and how a hardware control and the samples share it.
///
/// Whoever changes one side computes the other under the lock, so the two always make the wanted volume together. The
/// samples follow at once, whether or not there is a hardware control and however long it takes to move.
final class VolumeControl: Sendable {
    private struct State {
        var percent = 100
        var muted = false
        var hardware: Hardware?
        var report = MixerState.unused
    }

    /// Where the hardware control stands.
    enum Hardware: Equatable {
        case decibels(DecibelRange, setting: Int)
        /// On a scale of its own, which is left to do all.
        case share
    }

    private let link: OutputLink
    private let state = Mutex(State())
    private let closing = Atomic<Bool>(false)
    /// Wakes the mixer thread.
    let wakeup = Wakeup()

    init(link: OutputLink) {
        self.link = link
    }

    /// Any thread. `percent` is 0...100.
    func set(percent: Int, muted: Bool) {
        state.withLock { state in
            state.percent = percent
            state.muted = muted
            link.gain = Self.samples(state)
        }
        wakeup.signal()
    }

    /// The volume that the hardware control should make, as a share of 0...100. Muting is left to the samples: a control
    /// that is set to nothing would be heard to come back.
    var percent: Int { state.withLock { $0.percent } }

    /// Mixer thread: the control stands there now; nil when there is none.
    func hardware(_ hardware: Hardware?, report: MixerState) {
        state.withLock { state in
            state.hardware = hardware
            state.report = report
            link.gain = Self.samples(state)
        }
    }

    var report: MixerState { state.withLock { $0.report } }

    func close() {
        closing.store(true, ordering: .releasing)
        wakeup.signal()
    }

    var isClosing: Bool { closing.load(ordering: .acquiring) }

    /// The linear gain left to the samples.
    private static func samples(_ state: State) -> Float {
        let gain = Volume.gain(percent: state.percent, muted: state.muted)
        return switch state.hardware {
        case .decibels(let range, let setting): range.rest(ofGain: gain, at: setting)
        case .share: gain > 0 ? 1 : 0
        case nil: gain
        }
    }
}
