import Testing

@testable import Audio

@Suite struct TimelineTests {
    private func marker(
        _ kind: Marker.Kind,
        request: UInt64,
        index: UInt64,
        position: Int64 = 0,
        duration: Int64 = -1
    ) -> Marker {
        Marker(
            kind: kind,
            epoch: 1,
            serial: 0,
            request: request,
            index: index,
            position: position,
            duration: duration,
            rate: 1000
        )
    }

    /// Two tracks joined at index 100, with 20 frames of silence in the device between index 150 and 151: which request
    /// and which millisecond are heard, for what the device still holds of the 220 frames handed.
    @Test(arguments: [
        (delay: 220, request: 1, position: 500), (delay: 219, request: 1, position: 501),
        (delay: 121, request: 1, position: 599), (delay: 120, request: 2, position: 0),
        (delay: 71, request: 2, position: 49), (delay: 70, request: 2, position: 50),
        (delay: 60, request: 2, position: 50), (delay: 50, request: 2, position: 50),
        (delay: 49, request: 2, position: 51), (delay: 0, request: 2, position: 100),
    ])
    func mapsWhatIsHeard(delay: Int, request: UInt64, position: Int) throws {
        var timeline = Timeline()
        timeline.cross(marker(.load, request: 1, index: 0, position: 500))
        timeline.hand(100, from: 0, isSound: true)
        timeline.cross(marker(.end, request: 1, index: 100))
        timeline.cross(marker(.join, request: 2, index: 100))
        timeline.hand(50, from: 100, isSound: true)
        timeline.hand(20, from: 150, isSound: false)
        timeline.hand(50, from: 150, isSound: true)
        timeline.hear(delay: delay)
        let marker = timeline.place?.marker
        let microseconds = timeline.place?.microseconds
        #expect(marker?.request == request)
        #expect(microseconds == Int64(position * 1000))
    }

    @Test func positionNeverExceedsTheDuration() {
        var timeline = Timeline()
        timeline.cross(marker(.load, request: 1, index: 0, duration: 90))
        timeline.hand(100, from: 0, isSound: true)
        timeline.hear(delay: 0)
        let microseconds = timeline.place?.microseconds
        #expect(microseconds == 90_000)
    }

    @Test func whatWasHeardStaysHeard() {
        var timeline = Timeline()
        timeline.hand(100, from: 0, isSound: true)
        timeline.hear(delay: 40)
        timeline.hear(delay: 70)
        let heard = timeline.heard
        #expect(heard == 60)
        timeline.hear(delay: 1000)
        timeline.hear(delay: -5)
        let all = timeline.heard
        #expect(all == 100)
    }

    @Test func marksAreDueWhenHeard() {
        var timeline = Timeline()
        timeline.hand(100, from: 0, isSound: true)
        timeline.mark(Notice(kind: .paused, request: 1))
        timeline.hand(50, from: 100, isSound: false)
        timeline.mark(Notice(kind: .finished, request: 1))
        timeline.hear(delay: 51)
        let early = timeline.nextDue()?.kind
        #expect(early == nil)
        timeline.hear(delay: 50)
        let first = timeline.nextDue()?.kind
        let second = timeline.nextDue()?.kind
        #expect(first == .paused && second == nil)
        timeline.hear(delay: 0)
        let third = timeline.nextDue()?.kind
        #expect(third == .finished)
    }

    /// The device dies with 30 frames of the first track and all of the second unheard: both are read again.
    @Test func rewindReplaysMarkersThatWereNotHeard() {
        var timeline = Timeline()
        timeline.cross(marker(.load, request: 1, index: 0))
        timeline.hand(100, from: 0, isSound: true)
        timeline.cross(marker(.end, request: 1, index: 100))
        timeline.cross(marker(.join, request: 2, index: 100))
        timeline.mark(Notice(kind: .entered, request: 2))
        timeline.hand(50, from: 100, isSound: true)
        timeline.hear(delay: 80)
        let index = timeline.heardIndex
        #expect(index == 70)
        var replayed = FixedQueue<Marker>(capacity: 4)
        timeline.rewind(to: 70, replay: &replayed)
        let kinds = (0..<replayed.count).map { replayed[$0].kind }
        #expect(kinds == [.end, .join])
        let due = timeline.nextDue()?.kind
        let place = timeline.place?.microseconds
        #expect(due == nil)
        #expect(place == 70_000)
        timeline.hand(30, from: 70, isSound: true)
        timeline.hear(delay: 10)
        let after = timeline.place?.microseconds
        #expect(after == 90_000)
    }
}
