import NIOCore
import Testing

@testable import SocketIO

struct HeartbeatMachineTests {
    private static func at(_ milliseconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .milliseconds(milliseconds) }

    private static func machine() -> HeartbeatMachine {
        HeartbeatMachine(pingInterval: .milliseconds(300), pingTimeout: .milliseconds(200), now: at(0))
    }

    @Test func rhythm() {
        var machine = Self.machine()
        for round in 0..<3 as Range<Int64> {
            let start = round * 320
            #expect(machine.deadline == Self.at(start + 300))
            #expect(machine.timeReached(Self.at(start + 299), isReadingPaused: false) == .none)
            #expect(machine.timeReached(Self.at(start + 300), isReadingPaused: false) == .sendPing)
            #expect(machine.deadline == Self.at(start + 500))
            #expect(machine.received(.pong, now: Self.at(start + 320)) == .none)
        }
    }

    @Test func aLatePingLeavesHalfOfTheTime() {
        var machine = Self.machine()
        _ = machine.timeReached(Self.at(320), isReadingPaused: false)
        #expect(machine.deadline == Self.at(500))
        machine = Self.machine()
        _ = machine.timeReached(Self.at(480), isReadingPaused: false)
        #expect(machine.deadline == Self.at(580))
    }

    @Test func noPong() {
        var machine = Self.machine()
        _ = machine.timeReached(Self.at(300), isReadingPaused: false)
        #expect(machine.received(.noop, now: Self.at(400)) == .none)
        #expect(machine.received(.text(ByteBuffer()), now: Self.at(499)) == .deliverText(ByteBuffer()))
        #expect(machine.timeReached(Self.at(499), isReadingPaused: false) == .none)
        #expect(machine.timeReached(Self.at(500), isReadingPaused: false) == .close(.pingTimeout))
        #expect(machine.deadline == nil)
        #expect(machine.received(.pong, now: Self.at(501)) == .none)
    }

    @Test func aPacketAfterTheDeadlineFindsTheSessionClosed() {
        var machine = Self.machine()
        _ = machine.timeReached(Self.at(300), isReadingPaused: false)
        #expect(machine.received(.text(ByteBuffer()), now: Self.at(500)) == .close(.pingTimeout))
    }

    @Test func aLatePongStillShowsALivingClient() {
        var machine = Self.machine()
        _ = machine.timeReached(Self.at(300), isReadingPaused: false)
        #expect(machine.received(.pong, now: Self.at(900)) == .none)
        #expect(machine.deadline == Self.at(1200))
    }

    @Test func unaskedPongsChangeNothing() {
        var machine = Self.machine()
        #expect(machine.received(.pong, now: Self.at(100)) == .none)
        #expect(machine.deadline == Self.at(300))
    }

    @Test func aPausedClientIsNotPunished() {
        var machine = Self.machine()
        _ = machine.timeReached(Self.at(300), isReadingPaused: true)
        #expect(machine.timeReached(Self.at(500), isReadingPaused: true) == .none)
        #expect(machine.deadline == Self.at(700))
        #expect(machine.timeReached(Self.at(700), isReadingPaused: false) == .close(.pingTimeout))
    }

    @Test(
        arguments: [
            ("1", .close(.transportClose)), ("", .close(.parseError)), ("0", .close(.parseError)),
            ("2", .close(.parseError)), ("5", .close(.parseError)), ("x", .close(.parseError)), ("6", .none),
            ("3", .none),
            ("4", .deliverText(ByteBuffer())), ("4abc", .deliverText(ByteBuffer(string: "abc"))),
        ] as [(String, HeartbeatMachine.Action)]
    )
    func packets(text: String, action: HeartbeatMachine.Action) {
        var machine = Self.machine()
        #expect(machine.received(EnginePacket(text: ByteBuffer(string: text)), now: Self.at(1)) == action)
        if case .close = action { #expect(machine.state == .closed) }
    }
}

struct ConnectionMachineTests {
    private static let now = NIODeadline.uptimeNanoseconds(0)

    private static func machine() -> ConnectionMachine {
        ConnectionMachine(
            parser: PacketParser(maxAttachments: 10, maxNameBytes: 64),
            connectTimeout: .seconds(1),
            now: now
        )
    }

    private static func accept(_ machine: inout ConnectionMachine, _ namespace: String) -> String {
        machine.accepted(namespace)
        return "connect \(namespace)"
    }

    @Test func nothingMayComeBeforeTheAnswer() {
        for packet in ["2[\"x\"]", "0", "1"] {
            var machine = Self.machine()
            guard case .connect = machine.receivedText(ByteBuffer(string: "0"), exists: { _ in true }) else {
                Issue.record("no connect"); return
            }
            #expect(Self.run(&machine, packet) == "close parseError")
        }
    }

    @Test func aRefusedClientMayTryAgainUntilItsTimeIsOver() {
        var machine = Self.machine()
        _ = machine.receivedText(ByteBuffer(string: "0"), exists: { _ in true })
        machine.refused("/")
        #expect(machine.deadline == Self.now + .seconds(1))
        #expect(Self.run(&machine, "0") == "connect /")
    }

    /// What packets lead to, in words. The namespaces `/` and `/a` exist.
    private static func run(_ machine: inout ConnectionMachine, _ packet: String) -> String {
        switch machine.receivedText(ByteBuffer(string: packet), exists: { $0 == "/" || $0 == "/a" }) {
        case .none: "none"
        case .connect(let namespace, _): accept(&machine, namespace)
        case .refuse(let namespace): "refuse \(namespace)"
        case .event(let namespace, let name, _, _): "event \(namespace) \(name)"
        case .ack(let namespace, _, let id): "ack \(namespace) \(id)"
        case .leave(let namespace): "leave \(namespace)"
        case .close(let reason, _): "close \(reason)"
        }
    }

    @Test(arguments: [
        [("0", "connect /"), ("2[\"x\"]", "event / x"), ("1", "leave /"), ("2[\"x\"]", "close parseError")],
        [("0", "connect /"), ("0", "close parseError"), ("0", "none")],
        [("0", "connect /"), ("1", "leave /"), ("0", "connect /")],
        [
            ("0", "connect /"), ("0/a,", "connect /a"), ("1/a", "leave /a"), ("2[\"x\"]", "event / x"),
            ("30[]", "ack / 0"),
        ],
        [("0/b", "refuse /b"), ("0/b", "refuse /b"), ("0", "connect /")],
        [("0", "connect /"), ("0/b", "refuse /b"), ("2/b,[\"x\"]", "close parseError")],
        [("2[\"x\"]", "close parseError")], [("1", "close parseError")], [("30[]", "close parseError")],
        [("51-[\"x\"]", "close parseError")],
        [("0", "connect /"), ("51-[\"x\",1]", "none"), ("2[\"x\"]", "close parseError")],
        [("0", "connect /"), ("1", "leave /"), ("1", "close parseError")],
        [("0", "connect /"), ("2/a,[\"x\"]", "close parseError")],
    ])
    func sequences(steps: [(String, String)]) {
        var machine = Self.machine()
        for (packet, expected) in steps { #expect(Self.run(&machine, packet) == expected) }
    }

    @Test func connectTimeout() {
        var machine = Self.machine()
        #expect(machine.deadline == Self.now + .seconds(1))
        _ = Self.run(&machine, "0/nowhere")
        guard case .none = machine.timeReached(Self.now + .milliseconds(999)) else { Issue.record("too early"); return }
        guard case .close(.connectTimeout, _) = machine.timeReached(Self.now + .seconds(1)) else {
            Issue.record("not closed"); return
        }
        #expect(machine.state == .closed)
    }

    @Test func noTimeoutOnceConnected() {
        var machine = Self.machine()
        _ = Self.run(&machine, "0")
        #expect(machine.deadline == nil)
        guard case .none = machine.timeReached(Self.now + .hours(1)) else { Issue.record("closed"); return }
    }

    @Test func leavingTwice() {
        var machine = Self.machine()
        _ = Self.run(&machine, "0")
        #expect(machine.left("/") == true)
        #expect(machine.left("/") == false)
    }
}
