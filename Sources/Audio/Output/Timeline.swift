/// Which frame of which request leaves the device when. Pure bookkeeping of counts:
///
///     frames handed to the device  --spans-->  indices of the ring  --markers-->  request and position
///
/// A span is a run of frames from the ring, or of silence (which stands at one index). Marks are notices that are due
/// when the device has played up to a certain frame.
struct Timeline: ~Copyable {
    struct Span: BitwiseCopyable, Equatable {
        /// Count of frames handed before it.
        var start: UInt64
        /// Ring index of its first frame; of the frame that silence delays.
        var index: UInt64
        var isSound: Bool
    }

    struct Mark: BitwiseCopyable {
        var due: UInt64
        var notice: Notice
    }

    /// What is heard.
    struct Place: BitwiseCopyable {
        var marker: Marker
        /// Frames behind the marker.
        var offset: Int64
        var isSound: Bool
        var microseconds: Int64 { marker.microseconds(after: offset) }
    }

    /// Frames handed to the device so far, silence included.
    private(set) var handed: UInt64 = 0
    /// Frames of these that were heard.
    private(set) var heard: UInt64 = 0
    /// The count behind the last frame that is not silence.
    private(set) var soundEnd: UInt64 = 0
    private var spans = FixedQueue<Span>(capacity: 128)
    private var marks = FixedQueue<Mark>(capacity: 64)
    /// Markers crossed by the reader, the oldest being the one that is heard.
    private var markers = FixedQueue<Marker>(capacity: 64)

    /// A copy of the counts.
    var counts: (handed: UInt64, heard: UInt64, soundEnd: UInt64) { (handed, heard, soundEnd) }

    /// Notes frames handed to the device, from ring index `index` on; silence stands at it.
    mutating func hand(_ frames: Int, from index: UInt64, isSound: Bool) {
        let continues: Bool
        if let last = spans.last, last.isSound == isSound {
            continues = isSound ? last.index + (handed - last.start) == index : last.index == index
        } else {
            continues = false
        }
        if !continues { spans.append(Span(start: handed, index: index, isSound: isSound)) }
        handed += UInt64(frames)
        if isSound { soundEnd = handed }
    }

    /// Notes that the device has played all but `delay` of the frames handed. What was heard stays heard, whatever a
    /// device says later.
    mutating func hear(delay: Int) {
        let delay = UInt64(max(0, delay))
        heard = max(heard, handed > delay ? handed - delay : 0)
        while spans.count > 1, spans[1].start <= heard { spans.removeFirst() }
        guard let span = spans.first else { return }
        let index = span.index + (span.isSound ? heard - span.start : 0)
        if let position = lastMarker(where: { $0.index <= index && $0.kind != .end }) {
            for _ in 0..<position { markers.removeFirst() }
        }
    }

    /// Everything handed was heard and nothing sounds: what is heard stands at ring index `index`.
    mutating func stand(at index: UInt64) {
        guard heard == handed else { return }
        spans.truncate(to: 0)
        spans.append(Span(start: handed, index: index, isSound: false))
    }

    private func lastMarker(where condition: (Marker) -> Bool) -> Int? {
        // Not `reversed()`: unless optimised away its iterator allocates, and this is the steady loop.
        var position = markers.count
        while position > 0 {
            position -= 1
            if condition(markers[position]) { return position }
        }
        return nil
    }

    mutating func cross(_ marker: Marker) {
        markers.append(marker)
    }

    /// The notice is due when everything handed so far was heard.
    mutating func mark(_ notice: Notice) {
        marks.append(Mark(due: handed, notice: notice))
    }

    /// The next notice that is due; call until nil.
    mutating func nextDue() -> Notice? {
        guard let mark = marks.first, mark.due <= heard else { return nil }
        marks.removeFirst()
        return mark.notice
    }

    /// Frames to be heard before the next notice is due; nil without one.
    var framesUntilDue: Int? { marks.first.map { $0.due > heard ? Int($0.due - heard) : 0 } }

    /// Drops marks that are not due yet; returns whether one of them was of the kind.
    mutating func dropMarks(lookingFor kind: Notice.Kind) -> Bool {
        var found = false
        for index in 0..<marks.count where marks[index].notice.kind == kind { found = true }
        marks.truncate(to: 0)
        return found
    }

    /// Drops the notices of a kind that are not due yet.
    mutating func drop(_ kind: Notice.Kind) {
        var kept = 0
        for index in 0..<marks.count where marks[index].notice.kind != kind {
            marks[kept] = marks[index]
            kept += 1
        }
        marks.truncate(to: kept)
    }

    /// What is heard now; nil before the first marker.
    var place: Place? {
        let span = spans.first ?? Span(start: heard, index: 0, isSound: false)
        let index = span.index + (span.isSound ? heard - span.start : 0)
        return place(of: index, isSound: span.isSound && heard < handed)
    }

    private func place(of index: UInt64, isSound: Bool) -> Place? {
        guard !markers.isEmpty else { return nil }
        // Sound that waits for its first frame to be heard stands at its start.
        let marker = markers[lastMarker { $0.index <= index && $0.kind != .end } ?? 0]
        let offset = index > marker.index ? Int64(index - marker.index) : 0
        return Place(marker: marker, offset: offset, isSound: isSound)
    }

    /// The position, in microseconds, that `marker` can reach with the frames handed so far.
    func limit(of place: Place) -> Int64 {
        guard let span = spans.first, span.isSound else { return place.microseconds }
        let end = spans.count > 1 ? spans[1].start : handed
        return place.marker.microseconds(after: place.offset + Int64(end - heard))
    }

    /// How many of the frames handed last were not heard yet and came from the ring in one piece.
    var lastPiece: Int {
        guard let span = spans.last, span.isSound else { return 0 }
        return Int(handed - max(span.start, heard))
    }

    /// Ring index of the frame heard now.
    var heardIndex: UInt64? {
        guard let span = spans.first else { return nil }
        return span.index + (span.isSound ? heard - span.start : 0)
    }

    /// Forgets what was handed and not heard: the device is gone and reading starts again at `index`, which the frame
    /// heard last belongs to. The markers crossed behind it go to `replay`, oldest first.
    mutating func rewind(to index: UInt64, replay: inout FixedQueue<Marker>) {
        marks.truncate(to: 0)
        heard = handed
        soundEnd = handed
        spans.truncate(to: 0)
        spans.append(Span(start: handed, index: index, isSound: false))
        uncross(from: index, replay: &replay)
    }

    /// The device gave the last `frames` back; they must be of the last piece. The markers crossed in them go to `replay`,
    /// oldest first.
    mutating func rewind(by frames: Int, replay: inout FixedQueue<Marker>) {
        guard let span = spans.last else { return }
        handed -= UInt64(frames)
        soundEnd = min(soundEnd, handed)
        while let mark = marks.last, mark.due > handed || mark.due == handed && mark.notice.kind == .entered {
            marks.truncate(to: marks.count - 1)
        }
        uncross(from: span.index + (handed - span.start), replay: &replay)
    }

    private mutating func uncross(from index: UInt64, replay: inout FixedQueue<Marker>) {
        // A join at the very index is crossed again: its first frame is still to come.
        let last = lastMarker {
            $0.kind != .end && ($0.index < index || $0.index == index && $0.kind != .join)
        }
        let kept = min((last ?? 0) + 1, markers.count)
        for position in kept..<markers.count { replay.append(markers[position]) }
        markers.truncate(to: kept)
    }

    /// The marker in whose frames the last frame handed lies.
    var lastCrossed: Marker? { markers.last }
}
