/// The end of a track, held back until it is known what it sounds together with. Decoder thread only.
///
/// The frames are kept as they were decoded, also while they are mixed into the successor, so that a successor that is
/// taken back leaves the track its end.
final class Crossfade {
    /// Where the track ends by itself; without an index.
    let end: Marker
    /// Frames held that were not given back.
    private(set) var count: Int
    private var start = 0
    private let storage: UnsafeMutablePointer<Float>
    private(set) var pairing: Pairing?
    /// The successor is heard: there is nothing left to take back.
    var isPast = false

    /// A successor that all of the frames held are mixed with.
    struct Pairing {
        /// Serial of the marker that ends the track where the crossfade begins.
        var serial: UInt32
        /// What the end's samples are multiplied with to keep their level under the successor's gain.
        var ratio: Float
        /// Frames mixed so far.
        var mixed = 0
    }

    /// Takes the last `count` frames out of the converter.
    init(of converter: FrameConverter, count: Int, end: Marker) {
        self.count = count
        self.end = end
        storage = .allocate(capacity: max(1, count) * FrameRing.channels)
        let kept = converter.count - count
        storage.update(from: converter.samples + kept * FrameRing.channels, count: count * FrameRing.channels)
        converter.truncate(to: kept)
    }

    deinit {
        storage.deallocate()
    }

    /// Gives the first `frames` of those held back: they sound alone.
    func release(_ frames: Int, to converter: FrameConverter) {
        converter.append(storage + start * FrameRing.channels, count: frames)
        start += frames
        count -= frames
    }

    func pair(_ pairing: Pairing) { self.pairing = pairing }

    func part() { pairing = nil }

    /// Frames still to be mixed.
    var missing: Int { pairing.map { count - $0.mixed } ?? 0 }

    /// Mixes the end into the successor's next frames, in place. The two weights add up to 1 at each frame, so the sum of
    /// what does not clip does not clip.
    func mix(into frames: UnsafeMutablePointer<Float>, count available: Int) {
        guard var pairing else { return }
        let source = storage + (start + pairing.mixed) * FrameRing.channels
        let count = min(available, missing)
        for frame in 0..<max(0, count) {
            let place = (Float(pairing.mixed + frame) + 0.5) / Float(self.count)
            let rise = place * place * (3 - 2 * place)
            let fall = (1 - rise) * pairing.ratio
            for side in 2 * frame...2 * frame + 1 { frames[side] = frames[side] * rise + source[side] * fall }
        }
        pairing.mixed += max(0, count)
        self.pairing = pairing
    }
}
