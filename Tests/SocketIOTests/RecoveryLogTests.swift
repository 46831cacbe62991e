import NIOCore
import Testing

@testable import SocketIO

struct RecoveryLogTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private static func log(_ change: (inout ConnectionStateRecovery) -> Void = { _ in }) -> RecoveryLog {
        var settings = ConnectionStateRecovery()
        settings.maxDisconnectionDuration = .seconds(100)
        change(&settings)
        var configuration = SocketIOConfiguration()
        configuration.pingInterval = .seconds(10)
        configuration.pingTimeout = .seconds(20)
        configuration.outboundLimitMessages = 50
        configuration.outboundLimitBytes = 20_000
        return RecoveryLog(settings, configuration: configuration, prefix: "p-")
    }

    private static func emission(_ name: String, bytes: Int = 0) -> Emission {
        let json = ByteBuffer(repeating: UInt8(ascii: "1"), count: max(1, bytes))
        let packet = OutgoingPacket.event(name: name, arguments: OutgoingArguments(json: json), acknowledgement: nil)
        return Emission(packet, namespace: "/")
    }

    private static func session(_ sid: String, rooms: Set<String> = []) -> RecoveryLog.Session {
        .init(sid: sid, pid: "secret of " + sid, rooms: rooms, data: SocketData(), handlers: WorkTracker())
    }

    private static func take(_ log: inout RecoveryLog, pid: String, offset: String, now: NIODeadline) -> Bool {
        log.take(pid: pid, offset: offset, now: now) != nil
    }

    private static func names(_ emissions: [Emission]?) -> [String]? {
        emissions?.map { emission in
            guard case .event(let name, _, _) = emission.packet else { return "" }
            return name
        }
    }

    private static func text(_ emission: Emission) -> String? {
        emission.message(for: .socketIO)?.text.map { String(buffer: $0) }
    }

    @Test func offsetsCountUpInBase36AndAreTheLastArgument() {
        var log = Self.log()
        let texts = (0..<38).map { number in
            Self.text(log.append(Self.emission("e\(number)"), rooms: [], except: [], now: Self.start))
        }
        #expect(texts[0] == "42[\"e0\",1,\"p-0\"]")
        #expect(texts[37] == "42[\"e37\",1,\"p-11\"]")
    }

    @Test(arguments: [
        (rooms: [], except: [], isSent: true),
        (rooms: ["a"], except: [], isSent: true),
        (rooms: ["c", "b"], except: [], isSent: true),
        (rooms: ["c"], except: [], isSent: false),
        (rooms: ["ada"], except: [], isSent: true),
        (rooms: ["bob"], except: [], isSent: false),
        (rooms: [], except: ["a"], isSent: false),
        (rooms: ["a"], except: ["b"], isSent: false),
        (rooms: ["a"], except: ["c"], isSent: true),
        (rooms: ["a"], except: ["ada"], isSent: false),
    ])
    func whatIsMissed(rooms: [String], except: [String], isSent: Bool) throws {
        var log = Self.log()
        _ = log.append(Self.emission("seen"), rooms: [], except: [], now: Self.start)
        log.save(Self.session("ada", rooms: ["a", "b"]), now: Self.start)
        _ = log.append(Self.emission("e"), rooms: rooms, except: except, now: Self.start)
        let taken = log.take(pid: "secret of ada", offset: "p-0", now: Self.start)
        let recovery = try #require(taken)
        #expect(recovery.session.rooms == ["a", "b"])
        let missed = log.missed(since: recovery.position, sid: "ada", rooms: recovery.session.rooms)
        #expect(Self.names(missed) == (isSent ? ["e"] : []))
    }

    @Test(arguments: [
        ("secret of ada", "p-3", true), ("secret of ada", "p-0", true), ("secret of ada", "p-4", false),
        ("secret of ada", "p--1", false), ("secret of ada", "p-+1", false), ("secret of ada", "p-01", false),
        ("secret of ada", "p-", false), ("secret of ada", "", false), ("secret of ada", "3", false),
        ("secret of ada", "q-3", false), ("secret of ada", "p-zzzzzzzzzzzzzzzzzzz", false),
        ("secret of ada", "p-3 ", false),
        ("secret of bob", "p-3", false), ("ada", "p-3", false), ("", "p-3", false),
    ])
    func whoMayComeBack(pid: String, offset: String, isBack: Bool) {
        var log = Self.log()
        for number in 0..<4 { _ = log.append(Self.emission("e\(number)"), rooms: [], except: [], now: Self.start) }
        log.save(Self.session("ada"), now: Self.start)
        #expect(Self.take(&log, pid: pid, offset: offset, now: Self.start) == isBack)
        // A wrong word of somebody else takes nothing away; a second time with the right one finds nothing.
        #expect(Self.take(&log, pid: "secret of ada", offset: "p-3", now: Self.start) == !isBack)
    }

    @Test(arguments: [(99, true), (100, false), (500, false)])
    func absenceIsBounded(seconds: Int64, isBack: Bool) {
        var log = Self.log()
        _ = log.append(Self.emission("e"), rooms: [], except: [], now: Self.start)
        log.save(Self.session("ada"), now: Self.start)
        let now = Self.start + .seconds(seconds)
        #expect(Self.take(&log, pid: "secret of ada", offset: "p-0", now: now) == isBack)
    }

    @Test func everythingExpires() {
        var log = Self.log()
        _ = log.append(Self.emission("e0"), rooms: [], except: [], now: Self.start)
        log.save(Self.session("ada"), now: Self.start + .seconds(1))
        _ = log.append(Self.emission("e1"), rooms: [], except: [], now: Self.start + .seconds(50))
        #expect(log.nextExpiry == Self.start + .seconds(101))
        log.expire(Self.start + .seconds(101))
        #expect(log.sessionCount == 0 && log.eventCount == 2)
        // Events live longer, by the time in which a silent client is not missed.
        #expect(log.nextExpiry == Self.start + .seconds(130))
        log.expire(Self.start + .seconds(130))
        #expect(log.eventCount == 1)
        log.expire(Self.start + .seconds(180))
        #expect(log.eventCount == 0 && log.bytes == 0 && log.nextExpiry == nil)
    }

    /// One who has seen everything may come back, however empty the log has become.
    @Test func whatIsTrimmedDoesNotMatterToWhoHasSeenIt() {
        var log = Self.log()
        _ = log.append(Self.emission("e0"), rooms: [], except: [], now: Self.start)
        let late = Self.start + .seconds(1000)
        log.expire(late)
        log.save(Self.session("ada"), now: late)
        #expect(Self.take(&log, pid: "secret of ada", offset: "p-0", now: late) == true)
    }

    @Test(arguments: [(3, true), (4, false)])
    func countIsBounded(missed: Int, isBack: Bool) {
        var log = Self.log { $0.maxEvents = 3 }
        _ = log.append(Self.emission("seen"), rooms: [], except: [], now: Self.start)
        log.save(Self.session("ada"), now: Self.start)
        for number in 0..<missed { _ = log.append(Self.emission("e\(number)"), rooms: [], except: [], now: Self.start) }
        #expect(log.eventCount == 3)
        #expect(Self.take(&log, pid: "secret of ada", offset: "p-0", now: Self.start) == isBack)
    }

    @Test func bytesAreBounded() {
        var log = Self.log { $0.maxBytes = 10_000 }
        for _ in 0..<100 { _ = log.append(Self.emission("e", bytes: 1000), rooms: [], except: [], now: Self.start) }
        #expect(log.bytes <= 10_000 && log.eventCount == 4)
        // One that is too large alone is sent, but not kept.
        let large = log.append(Self.emission("e", bytes: 9000), rooms: [], except: [], now: Self.start)
        #expect(Self.text(large) != nil)
        #expect(log.eventCount == 0 && log.bytes == 0)
    }

    @Test func sessionsAreBounded() {
        var log = Self.log { $0.maxSessions = 2 }
        _ = log.append(Self.emission("e"), rooms: [], except: [], now: Self.start)
        for sid in ["1", "2", "3"] { log.save(Self.session(sid), now: Self.start) }
        #expect(log.sessionCount == 2)
        #expect(Self.take(&log, pid: "secret of 1", offset: "p-0", now: Self.start) == false)
        // Who comes and goes all the time pushes nobody out, and leaves nothing behind.
        for second in 0..<1000 {
            let now = Self.start + .milliseconds(Int64(second))
            #expect(Self.take(&log, pid: "secret of 3", offset: "p-0", now: now) == true)
            log.save(Self.session("3"), now: now)
        }
        #expect(Self.take(&log, pid: "secret of 2", offset: "p-0", now: Self.start) == true)
    }

    /// More than a client's queue takes would close it as soon as it is back.
    @Test(arguments: [(49, 10, true), (50, 10, false), (10, 400, true), (30, 400, false)])
    func whatCannotBeSentIsNotRecovered(count: Int, bytes: Int, isBack: Bool) {
        var log = Self.log()
        _ = log.append(Self.emission("seen"), rooms: [], except: [], now: Self.start)
        log.save(Self.session("ada"), now: Self.start)
        for _ in 0..<count { _ = log.append(Self.emission("e", bytes: bytes), rooms: [], except: [], now: Self.start) }
        #expect(Self.take(&log, pid: "secret of ada", offset: "p-0", now: Self.start) == isBack)
    }

    @Test func middlewareThatThinksTooLongFindsTheLogTrimmed() throws {
        var log = Self.log { $0.maxEvents = 2 }
        _ = log.append(Self.emission("seen"), rooms: [], except: [], now: Self.start)
        log.save(Self.session("ada"), now: Self.start)
        let taken = log.take(pid: "secret of ada", offset: "p-0", now: Self.start)
        let recovery = try #require(taken)
        for number in 0..<2 { _ = log.append(Self.emission("e\(number)"), rooms: [], except: [], now: Self.start) }
        #expect(Self.names(log.missed(since: recovery.position, sid: "ada", rooms: [])) == ["e0", "e1"])
        _ = log.append(Self.emission("e2"), rooms: [], except: [], now: Self.start)
        #expect(log.missed(since: recovery.position, sid: "ada", rooms: []) == nil)
    }

    @Test(arguments: [
        (OutboundMessage.Policy.reliable, nil, true), (.volatile, nil, false), (.latest(key: "k"), nil, false),
        (.reliable, 1, false),
    ])
    func whatIsKept(policy: OutboundMessage.Policy, acknowledgement: Int?, isKept: Bool) {
        let packet = OutgoingPacket.event(
            name: "e",
            arguments: .init(json: ByteBuffer()),
            acknowledgement: acknowledgement
        )
        #expect(Emission(packet, namespace: "/", policy: policy).isRecoverable == isKept)
    }

    @Test(arguments: [
        ("{\"pid\":\"a\",\"offset\":\"b\"}", true), ("{\"pid\":\"a\",\"offset\":\"b\",\"token\":[1]}", true),
        ("{\"pid\":\"a\"}", false), ("{\"offset\":\"b\"}", false), ("{\"pid\":1,\"offset\":\"b\"}", false),
        ("{\"pid\":\"a\",\"offset\":null}", false), ("{\"pid\":{},\"offset\":[]}", false), ("{}", false),
    ])
    func requests(auth: String, isOne: Bool) {
        #expect((RecoveryRequest(auth: ByteBuffer(string: auth)) != nil) == isOne)
    }
}
