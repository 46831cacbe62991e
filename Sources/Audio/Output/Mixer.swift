/// Decides what the next frames are: sound from the ring, the end of a fade, or nothing. Follows the decoder's transport
/// word and markers, and keeps the timeline of what was handed on. Touches no device and no clock.
///
/// Output thread only.
struct Mixer: ~Copyable {
    private let link: OutputLink
    private(set) var rate: Int
    var timeline = Timeline()
    private var ramp: Ramp
    /// Markers that were crossed and must be crossed again after a rewind.
    private var replay = FixedQueue<Marker>(capacity: 64)
    /// Empty but while a rewind puts them together.
    private var crossedAgain = FixedQueue<Marker>(capacity: 64)
    /// The marker in whose frames the reader is.
    private var current: Marker?
    /// The current request has no further frames.
    private var hasEnded = false
    /// The end of the current request was put on the timeline.
    private var hasMarkedEnd = false
    /// The request whose pause was put on the timeline since sound was last wanted.
    private var pausedRequest: UInt64?
    /// The last request of which a start was told.
    private var startedRequest: UInt64?
    private var epoch: UInt16 = 0
    /// Where the last discard led: a rewind goes back no further.
    private var floor: UInt64 = 0
    /// The count of frames handed at which the gains last moved.
    private var steadySince: UInt64 = 0
    /// Nothing of what was wanted instead at the last discard was handed on yet.
    private var isOpening = false

    /// What `render` made.
    struct Block {
        var frames: Int
        /// Samples are those of the ring, bit for bit: no gain, so no dither either.
        var isExact: Bool
        /// Set when these are the first frames of a request that was loaded.
        var starts: Marker?
    }

    init(link: OutputLink, rate: Int) {
        self.link = link
        self.rate = rate
        ramp = Ramp(rate: rate, gain: link.gain)
    }

    /// Whether frames are missing in the middle of a track.
    var isStarved: Bool { current != nil && !hasEnded && link.transport.isPlaying && current?.rate == Int32(rate) }

    /// Whether what was handed to the device so far is all there will be for now.
    var isComplete: Bool { hasEnded || !link.transport.isPlaying || current == nil }

    /// Whether somebody waits to hear something else than what the device holds.
    enum Urgency {
        case none
        /// What sounds is no longer wanted.
        case toClose
        /// The first of what is wanted is still to come.
        case toOpen
    }

    var urgency: Urgency {
        let transport = link.transport
        if transport.epoch != epoch || !transport.isPlaying && ramp.envelope > 0 { return .toClose }
        return isOpening && transport.isPlaying ? .toOpen : .none
    }

    /// Whether the volume changed since the last frames were made.
    var hasNewGain: Bool { ramp.envelope > 0 && link.gain != ramp.gainTarget }

    /// Frames for another rate cannot be played: the decoder is asked to make new ones.
    mutating func setRate(_ rate: Int) {
        self.rate = rate
        ramp.setRate(rate)
    }

    /// Fills `target` with up to `limit` frames. Fewer frames than asked do not mean that there are no more.
    mutating func render(into target: UnsafeMutablePointer<Float>, limit: Int) -> Block {
        while true {
            let transport = link.transport
            let isDiscarding = transport.epoch != epoch
            if transport.isPlaying, !isDiscarding { return renderSound(into: target, limit: limit) }
            if ramp.envelope > 0 {
                let block = renderFade(into: target, limit: limit, end: isDiscarding ? transport.start : nil)
                if block.frames > 0 { return block }
            }
            ramp.shut()
            guard isDiscarding else {
                settle()
                return Block(frames: 0, isExact: true)
            }
            discard(to: transport)
        }
    }

    private mutating func renderSound(into target: UnsafeMutablePointer<Float>, limit: Int) -> Block {
        if pausedRequest != nil {
            // A pause that nobody came to hear is none, and must not answer for the next one.
            pausedRequest = nil
            timeline.drop(.paused)
        }
        ramp.setGain(link.gain)
        ramp.setFade(link.fade)
        if ramp.envelope == 0 { ramp.settleGain() }
        ramp.fadeIn()
        let frames = claim(upTo: min(limit, ramp.framesToRest ?? limit), mayCrossJoin: true)
        guard frames > 0, let current else {
            markEnd()
            return Block(frames: 0, isExact: true)
        }
        isOpening = false
        // A natural start opened the ramp while its marker was crossed.
        let isExact = ramp.isTransparent && current.gain == 1
        take(frames, into: target)
        var block = Block(frames: frames, isExact: isExact)
        if current.kind != .join, startedRequest != current.request {
            startedRequest = current.request
            block.starts = current
        }
        return block
    }

    private mutating func renderFade(
        into target: UnsafeMutablePointer<Float>,
        limit: Int,
        end: UInt64?
    ) -> Block {
        let read = link.ring.readIndex
        let reach = end.map { $0 > read ? Int($0 - read) : 0 } ?? Int.max
        let ready = min(link.ring.fill, reach)
        let needed = ramp.fadeOut(available: ready)
        let frames = claim(upTo: min(limit, needed, reach), mayCrossJoin: true)
        guard frames > 0 else { return Block(frames: 0, isExact: true) }
        take(frames, into: target)
        return Block(frames: frames, isExact: false)
    }

    private mutating func take(_ frames: Int, into target: UnsafeMutablePointer<Float>) {
        let index = link.ring.readIndex
        link.ring.read(into: target, count: frames)
        let isSteady = ramp.isAtRest
        ramp.apply(to: target, count: frames, trackGain: current?.gain ?? 1)
        timeline.hand(frames, from: index, isSound: true)
        if !isSteady { steadySince = timeline.handed }
    }

    /// Notes silence that the loop handed to the device.
    mutating func handSilence(_ frames: Int) {
        timeline.hand(frames, from: link.ring.readIndex, isSound: false)
    }

    /// Silent and not asked to sound: says where, and crosses what was loaded or sought meanwhile.
    private mutating func settle() {
        _ = claim(upTo: 0, mayCrossJoin: false)
        markEnd()
        guard let current, !hasEnded, pausedRequest != current.request else { return }
        pausedRequest = current.request
        timeline.mark(
            Notice(
                kind: .paused,
                epoch: current.epoch,
                request: current.request,
                microseconds: current.microseconds(after: Int64(link.ring.readIndex) - Int64(current.index))
            )
        )
    }

    private mutating func markEnd() {
        guard hasEnded, !hasMarkedEnd, let current else { return }
        hasMarkedEnd = true
        timeline.mark(Notice(kind: .finished, epoch: current.epoch, request: current.request))
    }

    /// Nothing sounds and nothing is on its way: what is heard is the frame that would be read next.
    mutating func rest() {
        timeline.stand(at: link.ring.readIndex)
    }

    private mutating func discard(to transport: TransportWord) {
        epoch = transport.epoch
        floor = transport.start
        isOpening = true
        link.ring.move(to: transport.start)
        replay.truncate(to: 0)
        if timeline.dropMarks(lookingFor: .paused) { pausedRequest = nil }
        current = nil
        hasEnded = false
        hasMarkedEnd = false
        timeline.cross(
            Marker(
                kind: .none,
                epoch: epoch,
                serial: 0,
                request: 0,
                index: transport.start,
                position: 0,
                duration: -1,
                rate: Int32(rate)
            )
        )
    }

    /// Claims frames up to the next marker, after crossing those that stand at the read index.
    ///
    /// A join is crossed only together with a claim of its first frame: until then the decoder may take it back.
    private mutating func claim(upTo limit: Int, mayCrossJoin: Bool) -> Int {
        let read = link.ring.readIndex
        var frames = link.ring.claim(upTo: limit)
        while let marker = nextMarker() {
            guard marker.index <= read else {
                frames = min(frames, Int(marker.index - read))
                break
            }
            // Frames beyond a discard that this thread has not seen yet.
            guard marker.epoch == epoch else {
                frames = 0
                break
            }
            if marker.kind == .join, !mayCrossJoin || frames == 0 {
                frames = 0
                break
            }
            removeMarker()
            cross(marker)
        }
        if let current, current.rate != Int32(rate) { frames = 0 }
        if current == nil { frames = 0 }
        link.ring.settle(frames)
        return frames
    }

    private mutating func cross(_ marker: Marker) {
        timeline.cross(marker)
        if marker.kind == .end {
            hasEnded = true
            hasMarkedEnd = false
            return
        }
        current = marker
        hasEnded = false
        if marker.isNaturalStart, marker.kind == .load, link.transport.isPlaying { ramp.open() }
        if marker.isNaturalStart, marker.kind == .join, ramp.envelope == 0, link.transport.isPlaying { ramp.open() }
        switch marker.kind {
        case .join:
            startedRequest = marker.request
            timeline.mark(Notice(kind: .entered, epoch: marker.epoch, request: marker.request))
        case .seek:
            timeline.mark(
                Notice(
                    kind: .seeked,
                    epoch: marker.epoch,
                    request: marker.request,
                    microseconds: marker.microseconds(after: 0)
                )
            )
        case .load, .retune, .end, .none: break
        }
    }

    private mutating func nextMarker() -> Marker? {
        while let marker = replay.first {
            // A prepared track that was rewound may have been taken back since.
            guard link.isCancelled(marker) else { return marker }
            replay.removeFirst()
        }
        while let marker = link.markers.peek() {
            guard link.isCancelled(marker) || Marker.isEpoch(marker.epoch, before: epoch) else { return marker }
            _ = link.markers.pop()
        }
        return nil
    }

    private mutating func removeMarker() {
        if replay.isEmpty { _ = link.markers.pop() } else { replay.removeFirst() }
    }

    // MARK: When the device is gone or ran dry

    /// The device stopped by itself: what follows fades in.
    mutating func breakOff() {
        ramp.shut()
    }

    /// Goes back to the frame that was heard last: nothing that was handed to a lost device is lost with it.
    mutating func rewindToHeard() {
        ramp.shut()
        guard let heard = timeline.heardIndex else { return }
        let read = link.ring.readIndex
        let target = min(read, max(heard, oldest))
        timeline.rewind(to: target, replay: &crossedAgain)
        readAgain(from: target)
    }

    /// The oldest frame that can be read again.
    private var oldest: UInt64 {
        let read = link.ring.readIndex
        let history = UInt64(link.ring.history)
        return max(floor, read > history ? read - history : 0)
    }

    /// How many of the frames handed last can be made anew, and will join those before them without a step.
    var rewindable: Int {
        guard ramp.isAtRest else { return 0 }
        let steady = Int(timeline.handed - steadySince)
        return min(timeline.lastPiece, steady, Int(link.ring.readIndex - oldest))
    }

    /// Makes the last `frames`, which the device gave back, anew; at most `rewindable`.
    mutating func rewind(by frames: Int) {
        timeline.rewind(by: frames, replay: &crossedAgain)
        readAgain(from: link.ring.readIndex - UInt64(frames))
    }

    private mutating func readAgain(from index: UInt64) {
        link.ring.move(to: index)
        while let marker = replay.first {
            crossedAgain.append(marker)
            replay.removeFirst()
        }
        swap(&replay, &crossedAgain)
        current = timeline.lastCrossed
        if current?.kind == Marker.Kind.none { current = nil }
        hasEnded = false
        hasMarkedEnd = false
        pausedRequest = nil
    }
}
