import Testing

@testable import Audio

/// Frames are taken back from a device that still holds them. The samples tell their own ring index.
@Suite struct RewindTests {
    private static let rate = 1_000

    /// What a device with a buffer would play.
    private struct Bench: ~Copyable {
        let link = OutputLink()
        var mixer: Mixer
        var device: [Float] = []
        var serial: UInt32 = 1
        var epoch: UInt16 = 0
        private var next: Float = 1

        init() {
            mixer = Mixer(link: link, rate: RewindTests.rate)
        }

        mutating func decode(_ count: Int) {
            var frames: [Float] = []
            for _ in 0..<count {
                frames += [next, -next]
                next += 1
            }
            let written = link.ring.write(frames, count: count)
            #expect(written == count)
        }

        @discardableResult
        mutating func mark(_ kind: Marker.Kind, request: UInt64, position: Int64 = 0) -> UInt32 {
            defer { serial += 1 }
            let marker = Marker(
                kind: kind,
                epoch: epoch,
                serial: serial,
                request: request,
                index: link.ring.writeIndex,
                position: position,
                duration: -1,
                rate: Int32(RewindTests.rate)
            )
            let pushed = link.markers.push(marker)
            #expect(pushed)
            return serial
        }

        mutating func want(playing: Bool, discarding: Bool = false) {
            if discarding { epoch += 1 }
            let start = discarding ? link.ring.writeIndex : link.transport.start
            link.setTransport(TransportWord(isPlaying: playing, epoch: epoch, start: start))
        }

        mutating func play(_ limit: Int) {
            var frames = [Float](repeating: 0, count: 2 * limit)
            var left = limit
            while left > 0 {
                let count = frames.withUnsafeMutableBufferPointer {
                    mixer.render(into: $0.baseAddress!, limit: left).frames
                }
                guard count > 0 else { return }
                for index in 0..<count { device.append(frames[2 * index]) }
                left -= count
            }
        }

        /// The device has played all but `delay`; returns what is told.
        mutating func hear(allBut delay: Int) -> [Notice] {
            mixer.timeline.hear(delay: delay)
            var told: [Notice] = []
            while let notice = mixer.timeline.nextDue() { told.append(notice) }
            return told
        }

        mutating func rewind(_ frames: Int) {
            device.removeLast(frames)
            mixer.rewind(by: frames)
        }
    }

    private func playing() -> Bench {
        var bench = Bench()
        bench.want(playing: true, discarding: true)
        bench.mark(.load, request: 1)
        bench.decode(500)
        return bench
    }

    @Test func aPauseIsHeardFromWhereTheDeviceStillIs() {
        var bench = playing()
        bench.play(300)
        let early = bench.hear(allBut: 200)
        #expect(early.isEmpty)
        bench.want(playing: false)
        let rewindable = bench.mixer.rewindable
        #expect(rewindable == 200)
        bench.rewind(175)
        bench.play(100)
        let device = bench.device
        #expect(device.prefix(125).elementsEqual((1...125).map(Float.init)))
        let fade = device.dropFirst(125)
        #expect(fade.count == 10)
        for (offset, sample) in fade.enumerated() { #expect(sample < Float(126 + offset)) }
        #expect(fade.last == 0)
        let told = bench.hear(allBut: 0)
        #expect(told.map(\.kind) == [.paused])
        #expect(told.first?.microseconds == 135_000)

        bench.want(playing: true)
        bench.play(20)
        let place = bench.mixer.timeline.limit(of: bench.mixer.timeline.place!)
        #expect(place == 155_000, "it goes on where it faded out")
    }

    @Test func aSeekFollowsTheFade() {
        var bench = playing()
        bench.play(300)
        _ = bench.hear(allBut: 200)
        bench.want(playing: true, discarding: true)
        bench.mark(.seek, request: 1, position: 9_000)
        bench.decode(100)
        bench.rewind(180)
        bench.play(50)
        let device = bench.device
        #expect(device.count == 120 + 50)
        #expect(device.prefix(120).elementsEqual((1...120).map(Float.init)))
        #expect(device[129] == 0)
        #expect(device.suffix(30).elementsEqual((511...540).map(Float.init)), "behind 10 frames of fade-in")
        let told = bench.hear(allBut: 30)
        #expect(told.map(\.kind) == [.seeked])
        let place = bench.mixer.timeline.place?.microseconds
        #expect(place == 9_010_000)
    }

    @Test func aJointIsCrossedAgainAndToldOnce() {
        var bench = playing()
        bench.mark(.end, request: 1)
        bench.mark(.join, request: 2)
        bench.decode(200)
        bench.play(600)
        _ = bench.hear(allBut: 200)
        bench.want(playing: false)
        bench.rewind(170)
        let early = bench.hear(allBut: 30)
        #expect(early.isEmpty)
        bench.play(100)
        let paused = bench.hear(allBut: 0)
        #expect(paused.map(\.request) == [1] && paused.first?.microseconds == 440_000)
        bench.want(playing: true)
        bench.play(200)
        let told = bench.hear(allBut: 0)
        #expect(told.map(\.kind) == [.entered] && told.first?.request == 2)
        let place = bench.mixer.timeline.place
        #expect(place?.marker.request == 2 && place?.microseconds == 140_000)
    }

    /// To the very joint: its first frame is not heard.
    @Test func aJointAtTheEndIsNotHeard() {
        var bench = playing()
        bench.mark(.end, request: 1)
        bench.mark(.join, request: 2)
        bench.decode(200)
        bench.play(600)
        _ = bench.hear(allBut: 200)
        bench.rewind(100)
        let told = bench.hear(allBut: 0)
        #expect(told.isEmpty)
        let place = bench.mixer.timeline.place
        #expect(place?.marker.request == 1)
    }

    @Test func aSuccessorTakenBackAfterwardsIsNotCrossed() {
        var bench = playing()
        let end = bench.mark(.end, request: 1)
        bench.mark(.join, request: 2)
        bench.decode(200)
        bench.play(600)
        _ = bench.hear(allBut: 200)
        bench.want(playing: false)
        bench.rewind(170)
        bench.play(100)
        let paused = bench.hear(allBut: 0)
        // The decoder, as when another track is prepared.
        let retracted = bench.link.ring.retract(to: 500)
        #expect(retracted)
        bench.link.cancelMarkers(end, bench.serial)
        bench.mark(.end, request: 1)
        bench.mark(.join, request: 3)
        bench.decode(50)
        bench.want(playing: true)
        bench.play(300)
        let told = bench.hear(allBut: 0)
        #expect(paused.map(\.kind) == [.paused] && told.map(\.kind) == [.entered])
        #expect(told.first?.request == 3)
    }

    @Test func onlyWhatJoinsWithoutAStepIsRewindable() {
        var bench = playing()
        bench.play(100)
        var rewindable = bench.mixer.rewindable
        #expect(rewindable == 100)
        // The volume glides over 20 ms.
        bench.link.gain = 0.5
        bench.play(10)
        rewindable = bench.mixer.rewindable
        #expect(rewindable == 0)
        bench.play(50)
        rewindable = bench.mixer.rewindable
        // The sum of the steps may need one more.
        #expect(rewindable == 40 || rewindable == 39)
        bench.mixer.handSilence(5)
        rewindable = bench.mixer.rewindable
        #expect(rewindable == 0)
        bench.play(7)
        rewindable = bench.mixer.rewindable
        #expect(rewindable == 7)
        _ = bench.hear(allBut: 3)
        rewindable = bench.mixer.rewindable
        #expect(rewindable == 3)
        // A fade under way.
        bench.want(playing: false)
        bench.play(2)
        rewindable = bench.mixer.rewindable
        #expect(rewindable == 0)
    }

    @Test func anotherVolumeIsHeardFromWhereTheDeviceStillIs() {
        var bench = playing()
        bench.play(300)
        _ = bench.hear(allBut: 200)
        var isNew = bench.mixer.hasNewGain
        #expect(!isNew)
        bench.link.gain = 0.5
        isNew = bench.mixer.hasNewGain
        #expect(isNew)
        bench.rewind(180)
        bench.play(180)
        isNew = bench.mixer.hasNewGain
        #expect(!isNew)
        let device = bench.device
        #expect(device.prefix(120).elementsEqual((1...120).map(Float.init)))
        #expect(device.suffix(150).elementsEqual((151...300).map { Float($0) / 2 }))
        for (sample, index) in zip(device[120..<150], 121...) {
            #expect(sample <= Float(index) && sample >= Float(index) / 2, "it glides")
        }
    }

    @Test func nothingBeforeADiscardIsRewindable() {
        var bench = playing()
        bench.play(100)
        bench.want(playing: true, discarding: true)
        bench.mark(.load, request: 2)
        bench.decode(100)
        bench.play(40)
        // 10 of the old fade, 30 of the new.
        let rewindable = bench.mixer.rewindable
        #expect(rewindable == 30)
    }

    /// Paused and resumed while the device still plays what it held: the next pause is told with its own place.
    @Test func aPauseThatWasTakenBackIsNotTold() {
        var bench = playing()
        bench.play(100)
        bench.want(playing: false)
        bench.play(50)
        bench.want(playing: true)
        bench.play(100)
        bench.want(playing: false)
        bench.play(50)
        let told = bench.hear(allBut: 0)
        #expect(told.map(\.kind) == [.paused])
        #expect(told.first?.microseconds == 220_000)
    }

    @Test func twiceGoesBackTwice() {
        var bench = playing()
        bench.play(300)
        _ = bench.hear(allBut: 250)
        bench.rewind(50)
        bench.rewind(100)
        let rewindable = bench.mixer.rewindable
        #expect(rewindable == 100)
        bench.play(150)
        let device = bench.device
        #expect(device == (1...300).map(Float.init))
    }

    @Test(arguments: [(false, 1_102), (true, 3_102)])
    func aDeviceKeepsWhatItMayHaveTaken(isBatch: Bool, frames: Int) {
        #expect(PCMNegotiation.rewindReserve(rate: 44_100, period: 2_000, isBatch: isBatch) == frames)
    }
}
