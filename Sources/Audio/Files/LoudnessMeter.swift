import CEBUR128
import Glibc

/// Measures stereo Float32 frames by EBU R128. Owner of libebur128's state.
struct LoudnessMeter: ~Copyable {
    private var state: UnsafeMutablePointer<ebur128_state>?

    /// Nil for want of memory, or at a rate that cannot be measured.
    init?(rate: Int) {
        guard let state = ebur128_init(UInt32(FrameRing.channels), UInt(rate), cebur128_mode) else { return nil }
        self.state = state
    }

    deinit {
        var state = state
        ebur128_destroy(&state)
    }

    func add(_ frames: UnsafePointer<Float>, count: Int) {
        _ = ebur128_add_frames_float(state, frames, count)
    }

    var loudness: Loudness {
        var integrated = 0.0
        guard ebur128_loudness_global(state, &integrated) == 0, integrated.isFinite else {
            return Loudness(integrated: nil, truePeak: peak)
        }
        return Loudness(integrated: integrated, truePeak: peak)
    }

    private var peak: Double? {
        var highest = 0.0
        for channel in 0..<FrameRing.channels {
            var value = 0.0
            guard ebur128_true_peak(state, UInt32(channel), &value) == 0 else { return nil }
            highest = max(highest, value)
        }
        // Silence has a peak, too: far below anything that matters.
        return highest > 1e-6 ? 20 * log10(highest) : -120
    }
}
