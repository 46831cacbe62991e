import Testing

@testable import NFC

private let a = TagID("04a1b2c3")!
private let b = TagID("04a1b2c3d4e5f6")!

/// The machine with a clock in the hand: times are seconds since the start, CLOCK_MONOTONIC runs 1000 s ahead.
private struct Rig {
    var machine = SupervisorMachine(configuration: ReaderConfiguration(command: ["reader"]))
    var now = Duration.zero

    mutating func start() -> [SupervisorMachine.Action] { machine.start(at: now) }
    mutating func stop() -> [SupervisorMachine.Action] { machine.stop(at: now) }
    mutating func end(_ end: SupervisorMachine.ChildEnd) -> [SupervisorMachine.Action] { machine.ended(end, at: now) }

    mutating func say(_ text: String) -> [SupervisorMachine.Action] {
        machine.received(ReaderLine(text)!, at: now, monotonicNow: monotonic)
    }

    var monotonic: UInt64 { UInt64((now + .seconds(1000)) / .nanoseconds(1)) }

    /// Lets time pass, ticking at each deadline on the way; returns what happened with the time it happened at.
    mutating func pass(_ duration: Duration) -> [(Duration, SupervisorMachine.Action)] {
        let end = now + duration
        var result: [(Duration, SupervisorMachine.Action)] = []
        while let deadline = machine.deadline, deadline <= end {
            now = max(now, deadline)
            let actions = machine.tick(at: now)
            result += actions.map { (now, $0) }
            if actions.isEmpty, machine.deadline == deadline {
                Issue.record("the machine asks for a tick at \(deadline) and then does nothing")
                break
            }
        }
        now = end
        return result
    }

    /// As `pass`, with a heartbeat each second.
    mutating func passAlive(_ duration: Duration) -> [(Duration, SupervisorMachine.Action)] {
        let end = now + duration
        var result: [(Duration, SupervisorMachine.Action)] = []
        while now < end {
            result += pass(min(.seconds(1), end - now))
            result += say("alive").map { (now, $0) }
        }
        return result
    }

    mutating func becomeReady(with tag: TagID? = nil) {
        _ = start()
        _ = say("ready test")
        if let tag { _ = say("placed \(tag)") }
    }
}

private func placed(_ tag: TagID, _ time: UInt64) -> SupervisorMachine.Action {
    .emit(.tag(.placed(tag, seenAtNanoseconds: time)))
}
private func removed(_ tag: TagID) -> SupervisorMachine.Action { .emit(.tag(.removed(tag))) }
private func failed(_ reason: String) -> SupervisorMachine.Action { .emit(.state(.failed(reason: reason))) }
private let ready = SupervisorMachine.Action.emit(.state(.ready(name: "test")))

@Suite struct SupervisorMachineTests {
    @Test func startsOnce() {
        var rig = Rig()
        #expect(rig.start() == [.emit(.state(.starting)), .launch])
        #expect(rig.start() == [])
    }

    @Test func passesTagsOn() {
        var rig = Rig()
        rig.becomeReady()
        #expect(rig.say("placed 04a1b2c3 t=999000000000") == [placed(a, 999_000_000_000)])
        #expect(rig.say("placed 04a1b2c3") == [])
        #expect(rig.say("removed 04a1b2c3") == [removed(a)])
        #expect(rig.say("removed 04a1b2c3") == [.ignored("a tag was removed that did not lie there")])
    }

    @Test func aSecondTagLiftsTheFirst() {
        var rig = Rig()
        rig.becomeReady(with: a)
        #expect(rig.say("placed \(b)") == [removed(a), placed(b, rig.monotonic)])
        #expect(rig.say("removed \(a)") == [.ignored("a tag was removed that did not lie there")])
        #expect(rig.say("removed \(b)") == [removed(b)])
    }

    @Test(
        arguments: [
            (nil, 1_000_000_000_000),
            (999_999_000_000, 999_999_000_000),
            (1_000_000_000_001, 1_000_000_000_000),  // from the future
            (980_000_000_000, 1_000_000_000_000),  // twenty seconds old: another clock
            (0, 1_000_000_000_000),
            (UInt64.max, 1_000_000_000_000),
        ] as [(UInt64?, UInt64)]
    )
    func believesOnlyASensibleTime(told: UInt64?, believed: UInt64) {
        var rig = Rig()
        rig.becomeReady()
        let field = told.map { " t=\($0)" } ?? ""
        #expect(rig.say("placed \(a)\(field)") == [placed(a, believed)])
    }

    @Test func tagsBeforeReadyAreIgnored() {
        var rig = Rig()
        _ = rig.start()
        #expect(rig.say("placed \(a)") == [.ignored("a tag was told before 'ready'")])
        #expect(rig.say("ready test") == [ready])
        #expect(rig.say("placed \(a)") == [placed(a, rig.monotonic)])
    }

    @Test func restartsWithGrowingWaits() {
        var rig = Rig()
        _ = rig.start()
        var launches: [Duration] = []
        for _ in 0..<8 {
            let died = rig.now
            _ = rig.end(.exited(1))
            let (when, action) = rig.pass(.seconds(5))[0]
            #expect(action == .launch)
            launches.append(when - died)
            rig.now = when
        }
        #expect(launches == [200, 400, 800, 1600, 3200, 5000, 5000, 5000].map { .milliseconds($0) })
    }

    @Test(arguments: [(9.9, 400), (10.0, 200)])
    func healthMakesTheNextRestartQuick(healthy: Double, wait: Int) {
        var rig = Rig()
        _ = rig.start()
        _ = rig.end(.exited(1))
        _ = rig.pass(.milliseconds(200))
        _ = rig.say("ready test")
        _ = rig.passAlive(.seconds(healthy))
        _ = rig.end(.signalled(11))
        #expect(rig.machine.deadline == rig.now + .milliseconds(wait))
    }

    @Test func aComplaintAfterALongHealthStillMakesAQuickRestart() {
        var rig = Rig()
        rig.becomeReady()
        _ = rig.passAlive(.seconds(60))
        _ = rig.say("error lost gone")
        _ = rig.end(.exited(74))
        #expect(rig.machine.deadline == rig.now + .milliseconds(200))
    }

    @Test func startingUpIsNoHealth() {
        var rig = Rig()
        _ = rig.start()
        _ = rig.passAlive(.seconds(60))
        _ = rig.end(.exited(1))
        #expect(rig.machine.deadline == rig.now + .milliseconds(200))
        _ = rig.pass(.milliseconds(200))
        _ = rig.passAlive(.seconds(60))
        _ = rig.end(.exited(1))
        #expect(rig.machine.deadline == rig.now + .milliseconds(400))
    }

    @Test(
        arguments: [
            (.exited(69), .missing(reason: "the reader program found no reader")),
            (.exited(0), .failed(reason: "the reader program ended with code 0")),
            (.exited(74), .failed(reason: "the reader program ended with code 74")),
            (.signalled(6), .failed(reason: "the reader program died of signal 6")),
            (.notStarted("no such file"), .failed(reason: "no such file")),
        ] as [(SupervisorMachine.ChildEnd, ReaderState)]
    )
    func tellsWhyItEnded(end: SupervisorMachine.ChildEnd, state: ReaderState) {
        var rig = Rig()
        _ = rig.start()
        #expect(rig.end(end) == [.emit(.state(state))])
    }

    @Test func aComplaintExplainsTheEnd() {
        var rig = Rig()
        _ = rig.start()
        #expect(rig.say("error missing no reader") == [.emit(.state(.missing(reason: "no reader")))])
        #expect(rig.end(.exited(69)) == [])
        // The same again is not told again: a box without a reader must not chatter.
        _ = rig.pass(.seconds(1))
        #expect(rig.say("error missing no reader") == [])
        #expect(rig.end(.exited(69)) == [])
        _ = rig.pass(.seconds(1))
        #expect(rig.say("ready test") == [ready])
    }

    @Test func aReaderMayRecoverByItself() {
        var rig = Rig()
        rig.becomeReady(with: a)
        #expect(rig.say("error lost unplugged") == [failed("unplugged")])
        #expect(rig.say("removed \(a)") == [.ignored("a tag was told before 'ready'")])
        #expect(rig.passAlive(.seconds(30)).isEmpty)
        #expect(rig.say("ready test") == [ready])
        #expect(rig.say("placed \(a)") == [])
        #expect(rig.passAlive(.seconds(30)).isEmpty)
    }

    @Test func aSilentReaderIsKilled() {
        var rig = Rig()
        rig.becomeReady()
        #expect(rig.passAlive(.seconds(20)).isEmpty)
        let events = rig.pass(.seconds(10))
        #expect(events.map(\.1) == [.kill, failed("the reader was silent for 3.0 seconds and was restarted")])
        #expect(events[0].0 == .seconds(23))
        // What it still says does not count, and its end is no news.
        #expect(rig.say("placed \(a)") == [])
        #expect(rig.end(.signalled(9)) == [])
        #expect(rig.pass(.seconds(1)).map(\.1) == [.launch])
    }

    @Test func aKilledReaderThatCannotDieIsNotReplaced() {
        var rig = Rig()
        rig.becomeReady()
        _ = rig.pass(.seconds(3))
        #expect(rig.machine.deadline == nil)
        #expect(rig.pass(.seconds(3600)).isEmpty)
    }

    @Test func theFirstLineMayTakeLonger() {
        var rig = Rig()
        _ = rig.start()
        #expect(rig.pass(.milliseconds(9900)).isEmpty)
        #expect(rig.say("alive") == [])
        #expect(rig.pass(.milliseconds(2900)).isEmpty)
        #expect(rig.pass(.milliseconds(100)).first?.1 == .kill)
    }

    @Test func aReaderThatNeverSaysAnythingIsKilled() {
        var rig = Rig()
        _ = rig.start()
        #expect(rig.pass(.seconds(10)).map(\.1).first == .kill)
    }

    // MARK: - The tag survives the reader

    @Test func aTagThatIsThereAgainIsNoNews() {
        var rig = Rig()
        rig.becomeReady(with: a)
        #expect(rig.end(.signalled(11)) == [failed("the reader program died of signal 11")])
        #expect(rig.pass(.milliseconds(200)).map(\.1) == [.launch])
        #expect(rig.say("ready test") == [ready])
        #expect(rig.say("placed \(a)") == [])
        #expect(rig.passAlive(.seconds(60)).isEmpty)
        #expect(rig.say("removed \(a)") == [removed(a)])
    }

    @Test func aTagThatIsNotThereAgainIsRemovedAfterTheGrace() {
        var rig = Rig()
        rig.becomeReady(with: a)
        _ = rig.end(.exited(74))
        _ = rig.pass(.milliseconds(200))
        _ = rig.say("ready test")
        let events = rig.passAlive(.seconds(2))
        #expect(events.map(\.1) == [removed(a)])
        #expect(events.first?.0 == .milliseconds(1700))
        // Once only, and the same tag is news again.
        #expect(rig.passAlive(.seconds(10)).isEmpty)
        #expect(rig.say("placed \(a)") == [placed(a, rig.monotonic)])
    }

    @Test func anotherTagAfterTheRestartReplacesIt() {
        var rig = Rig()
        rig.becomeReady(with: a)
        _ = rig.end(.exited(74))
        _ = rig.pass(.milliseconds(200))
        _ = rig.say("ready test")
        #expect(rig.say("placed \(b)") == [removed(a), placed(b, rig.monotonic)])
        #expect(rig.passAlive(.seconds(10)).isEmpty)
    }

    @Test func theTagIsHeldHoweverLongTheReaderIsAway() {
        var rig = Rig()
        rig.becomeReady(with: a)
        _ = rig.end(.exited(74))
        for _ in 0..<100 {
            _ = rig.pass(.seconds(5))
            #expect(rig.say("error missing gone").allSatisfy { $0 != removed(a) })
            #expect(rig.end(.exited(69)) == [])
        }
        _ = rig.pass(.seconds(5))
        #expect(rig.say("ready test") == [ready])
        #expect(rig.pass(.seconds(2)).map(\.1) == [removed(a)])
    }

    @Test func aReaderThatDiesWithinTheGraceGetsAnother() {
        var rig = Rig()
        rig.becomeReady(with: a)
        for _ in 0..<3 {
            _ = rig.end(.exited(74))
            #expect(rig.pass(.seconds(1)).map(\.1) == [.launch])
            _ = rig.say("ready test")
            #expect(rig.pass(.seconds(1)).isEmpty)
        }
        #expect(rig.pass(.seconds(1)).map(\.1) == [removed(a)])
    }

    @Test func aHangHoldsTheTagToo() {
        var rig = Rig()
        rig.becomeReady(with: a)
        #expect(rig.pass(.seconds(5)).map(\.1).contains(removed(a)) == false)
        _ = rig.end(.signalled(9))
        _ = rig.pass(.seconds(1))
        _ = rig.say("ready test")
        #expect(rig.say("placed \(a)") == [])
        #expect(rig.passAlive(.seconds(10)).isEmpty)
    }

    // MARK: - The end

    @Test func endsAnOrderlyChild() {
        var rig = Rig()
        rig.becomeReady(with: a)
        #expect(rig.stop() == [.closeInput])
        #expect(rig.stop() == [])
        #expect(rig.say("removed \(a)") == [])
        #expect(rig.end(.exited(0)) == [.finish])
        #expect(rig.machine.deadline == nil)
        #expect(rig.pass(.seconds(60)).isEmpty)
    }

    @Test func killsAChildThatStays() {
        var rig = Rig()
        rig.becomeReady()
        _ = rig.stop()
        #expect(rig.pass(.milliseconds(499)).isEmpty)
        #expect(rig.pass(.milliseconds(1)).map(\.1) == [.kill])
        #expect(rig.end(.signalled(9)) == [.finish])
    }

    @Test func leavesAChildThatCannotDie() {
        var rig = Rig()
        rig.becomeReady()
        _ = rig.stop()
        #expect(rig.pass(.seconds(10)).map(\.1) == [.kill, .finish])
        #expect(rig.end(.signalled(9)) == [])
    }

    @Test func stopsWhileAHungChildIsDying() {
        var rig = Rig()
        rig.becomeReady()
        _ = rig.pass(.seconds(3))
        #expect(rig.stop() == [])
        #expect(rig.pass(.seconds(1)).map(\.1) == [.finish])
    }

    @Test func stopsAtOnceBetweenTwoChildren() {
        var rig = Rig()
        rig.becomeReady()
        _ = rig.end(.exited(1))
        #expect(rig.stop() == [.finish])
        #expect(rig.pass(.seconds(60)).isEmpty)
    }

    @Test func stopsBeforeItStarted() {
        var rig = Rig()
        #expect(rig.stop() == [.finish])
        #expect(rig.start() == [])
    }
}
