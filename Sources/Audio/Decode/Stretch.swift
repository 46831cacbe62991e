import CSonic

/// Plays stereo frames faster or slower with their pitch kept. Owner of a stream of libsonic, which was made for speech:
/// it drops or repeats whole periods of the voice.
final class Stretch {
    /// How much of the sound passes in a second.
    let speed: Double
    private let stream: sonicStream
    /// Frames put in and got out since the start or the last flush.
    private var fed = 0
    private var made = 0

    /// Nil without memory.
    init?(rate: Int, speed: Double) {
        guard let stream = sonicCreateStream(Int32(rate), Int32(FrameRing.channels)) else { return nil }
        self.stream = stream
        self.speed = speed
        sonicSetSpeed(stream, Float(speed))
    }

    deinit {
        sonicDestroyStream(stream)
    }

    /// Frames that are still to come out for what was put in.
    var latency: Int { max(0, Int(Double(fed) / speed) - made) }

    func feed(_ samples: UnsafePointer<Float>, count: Int) {
        // It only reads; its header predates `const`.
        sonicWriteFloatToStream(stream, UnsafeMutablePointer(mutating: samples), Int32(count))
        fed += count
    }

    /// Nothing follows: what is left can be read.
    func flush() {
        sonicFlushStream(stream)
    }

    var available: Int { Int(sonicSamplesAvailable(stream)) }

    func read(into target: UnsafeMutablePointer<Float>, count: Int) -> Int {
        let read = Int(sonicReadFloatFromStream(stream, target, Int32(count)))
        made += read
        return read
    }
}
