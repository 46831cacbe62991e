import Synchronization
import Threads

/// Everything the decoder thread and the output thread share. Its parts lie in it, not behind references of their own, so
/// that using them counts none.
final class OutputLink: Sendable {
    /// 2^18 frames: 5.9 s at 44.1 kHz in 2 MiB, of which 0.7 s behind the consumer (more than a device is filled by default;
    /// what is beyond is lost with a device) and 1.5 s beyond the high-water mark, so that a new request can be decoded
    /// while the old ring waits to be discarded.
    static let capacity = 1 << 18
    static let history = 1 << 15
    static let reserve = 1 << 16

    let ring = FrameRing(capacity: OutputLink.capacity, history: OutputLink.history)
    let markers = MessageQueue<Marker>(capacity: 64)
    /// The output never waits for the decoder: a notice that finds no room is dropped. Each answers a marker or a
    /// transport word, of which the decoder makes few between two looks at the queue, so 256 are never reached.
    let notices = MessageQueue<Notice>(capacity: 256)
    let board = PositionBoard()
    let decoderWakeup = Wakeup()
    let outputWakeup = Wakeup()

    private let transportBits = Atomic<UInt64>(0)
    private let gainBits = Atomic<UInt32>(Float(1).bitPattern)
    private let fadeBits = Atomic<UInt64>(0)
    /// Serials of markers that were taken back: first in the upper half, end in the lower.
    private let cancelled = Atomic<UInt64>(0)
    private let closing = Atomic<Bool>(false)
    /// The output found the ring empty and waits for frames.
    let outputIsHungry = Atomic<Bool>(false)
    /// The decoder filled the ring and waits for room.
    let decoderIsFull = Atomic<Bool>(false)

    let xruns = Atomic<Int>(0)
    let underfeeds = Atomic<Int>(0)
    let decodeErrors = Atomic<Int>(0)
    let deviceDelayFrames = Atomic<Int>(0)
    /// Frames that will still be heard when something else is wanted: less than the delay where the device gives some back.
    let committedFrames = Atomic<Int>(0)
    let rate = Atomic<Int>(0)
    let resampledFromRate = Atomic<Int>(0)
    let isRealtime = Atomic<Bool>(false)
    /// Written by the output thread when it opens or loses a device, never in its steady loop.
    let outputState = Mutex<OutputState>(.starting)

    // MARK: Decoder to output

    var transport: TransportWord { TransportWord(bits: transportBits.load(ordering: .acquiring)) }

    /// Decoder thread only.
    func setTransport(_ word: TransportWord) {
        transportBits.store(word.bits, ordering: .releasing)
        outputWakeup.signal()
    }

    /// All that the decoder can change: when it is the same as before a look that found nothing to play, there is still
    /// nothing.
    struct Activity: Equatable {
        var frames: UInt64
        var markers: UInt64
        var transport: UInt64
    }

    var activity: Activity {
        Activity(
            frames: ring.writeIndex,
            markers: markers.pushCount,
            transport: transportBits.load(ordering: .sequentiallyConsistent)
        )
    }

    /// Declares markers `first..<end` void. Decoder thread only, after their frames were retracted.
    func cancelMarkers(_ first: UInt32, _ end: UInt32) {
        let previous = cancelled.load(ordering: .relaxed)
        // Ranges that the output has not yet passed always adjoin: what was cancelled before and not followed directly
        // by this range lies behind a frame that was played.
        let adjoins = UInt32(truncatingIfNeeded: previous) == first
        let start = adjoins ? UInt32(truncatingIfNeeded: previous >> 32) : first
        cancelled.store(UInt64(start) << 32 | UInt64(end), ordering: .releasing)
    }

    func isCancelled(_ marker: Marker) -> Bool {
        let range = cancelled.load(ordering: .acquiring)
        let first = UInt32(truncatingIfNeeded: range >> 32)
        return marker.serial &- first < UInt32(truncatingIfNeeded: range) &- first
    }

    /// The linear gain wanted. Any thread.
    var gain: Float {
        get { Float(bitPattern: gainBits.load(ordering: .relaxed)) }
        set {
            guard gainBits.exchange(newValue.bitPattern, ordering: .relaxed) != newValue.bitPattern else { return }
            // A device that gives back what it holds is told at once.
            outputWakeup.signal()
        }
    }

    /// A long fade to silence, in one word so that each order is told from the one before.
    struct Fade: Equatable {
        var bits: UInt64
        /// Nil when sound is wanted.
        var milliseconds: Int? { bits & 1 == 1 ? Int(bits >> 1 & 0xffff_ffff) : nil }
    }

    var fade: Fade { Fade(bits: fadeBits.load(ordering: .relaxed)) }

    /// Any thread.
    func setFade(overMs ms: Int?) {
        let order = fadeBits.load(ordering: .relaxed) >> 33 &+ 1
        let time = UInt64(UInt32(clamping: ms ?? 0))
        fadeBits.store(order << 33 | time << 1 | (ms == nil ? 0 : 1), ordering: .relaxed)
    }

    /// Ends the output thread: it fades out what sounds and closes the device.
    func close() {
        closing.store(true, ordering: .releasing)
        outputWakeup.signal()
    }

    var isClosing: Bool { closing.load(ordering: .acquiring) }

    // MARK: Output to decoder

    /// Output thread only.
    func tell(_ notice: Notice) {
        _ = notices.push(notice)
        decoderWakeup.signal()
    }
}
