import NIOCore
import Testing

@testable import SocketIO

struct OutboundQueueTests {
    private static func message(_ text: String, _ policy: OutboundMessage.Policy = .reliable) -> OutboundMessage {
        OutboundMessage(frame: WebSocketFrame.text(text), policy: policy)
    }

    private static func drain(_ queue: inout OutboundQueue) -> [String] {
        var texts: [String] = []
        while let text = queue.popFirst()?.text { texts.append(String(buffer: text)) }
        return texts
    }

    @Test func theNewestWithAKeyTakesItsOwnPlace() {
        var queue = OutboundQueue(limitBytes: 100, limitMessages: 10)
        for (text, key) in [("s1", nil), ("p1", "p"), ("s2", nil), ("q1", "q"), ("p2", "p"), ("s3", nil), ("p3", "p")] {
            #expect(queue.append(Self.message(text, key.map { .latest(key: $0) } ?? .reliable)) == .queued)
        }
        #expect(queue.count == 5)
        #expect(queue.bytes == 20)
        #expect(Self.drain(&queue) == ["s1", "s2", "q1", "s3", "p3"])
        #expect(queue.isEmpty && queue.bytes == 0)
    }

    @Test func keysOutliveWhatWasSent() {
        var queue = OutboundQueue(limitBytes: 100, limitMessages: 10)
        _ = queue.append(Self.message("p1", .latest(key: "p")))
        #expect(queue.popFirst()?.text == ByteBuffer(string: "p1"))
        _ = queue.append(Self.message("s"))
        _ = queue.append(Self.message("p2", .latest(key: "p")))
        _ = queue.append(Self.message("p3", .latest(key: "p")))
        #expect(Self.drain(&queue) == ["s", "p3"])
    }

    @Test func volatileMessagesDoNotWait() {
        var queue = OutboundQueue(limitBytes: 100, limitMessages: 10)
        #expect(queue.append(Self.message("v", .volatile)) == .dropped)
        #expect(queue.isEmpty)
    }

    @Test(arguments: [(3, 1000), (1000, 9)])
    func bounds(messages: Int, bytes: Int) {
        var queue = OutboundQueue(limitBytes: bytes, limitMessages: messages)
        for text in ["a", "b", "c"] { #expect(queue.append(Self.message(text)) == .queued) }
        #expect(queue.append(Self.message("d", .latest(key: "k"))) == .dropped)
        #expect(queue.append(Self.message("d")) == .overflow)
        #expect(Self.drain(&queue) == ["a", "b", "c"])
        #expect(queue.append(Self.message("d")) == .queued)
    }

    @Test func replacingNeedsNoRoom() {
        var queue = OutboundQueue(limitBytes: 8, limitMessages: 2)
        _ = queue.append(Self.message("p1", .latest(key: "p")))
        _ = queue.append(Self.message("s1"))
        #expect(queue.append(Self.message("p2", .latest(key: "p"))) == .queued)
        #expect(Self.drain(&queue) == ["s1", "p2"])
    }

    /// Against the obvious model, with sends in between.
    @Test func randomSequences() {
        var generator = SplitMix(state: 7)
        var queue = OutboundQueue(limitBytes: .max, limitMessages: .max)
        var model: [(text: String, key: String?)] = []
        for step in 0..<3000 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<2:
                _ = queue.append(Self.message("\(step)"))
                model.append(("\(step)", nil))
            case 2..<8:
                let key = "k\(Int.random(in: 0..<3, using: &generator))"
                _ = queue.append(Self.message("\(step)", .latest(key: key)))
                model.removeAll { $0.key == key }
                model.append(("\(step)", key))
            default:
                let expected = model.isEmpty ? nil : model.removeFirst().text
                let popped = queue.popFirst()?.text.map { String(buffer: $0) }
                if popped != expected { Issue.record("\(step): \(popped ?? "nothing"), not \(expected ?? "nothing")") }
            }
            if queue.count != model.count { Issue.record("\(step): \(queue.count) wait, not \(model.count)") }
        }
        #expect(Self.drain(&queue) == model.map(\.text))
    }

    struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return z ^ z >> 31
        }
    }
}

struct RoomTableTests {
    private final class Member: Sendable {}

    @Test func joinAndLeave() {
        var table = RoomTable<Member>()
        let (a, b, c) = (Member(), Member(), Member())
        for member in [a, b, c] { table.add(member) }
        for member in [a, b, c, a] { #expect(table.join(member, "x", limit: 2) == true) }
        #expect(table.members(of: "x").count == 3)
        table.leave(a, "x")
        table.leave(a, "x")
        #expect(table.members(of: "x").allSatisfy { $0 !== a })
        #expect(table.members(of: "x").count == 2)
        #expect(table.rooms(of: a).isEmpty)
        #expect(table.members.count == 3)
    }

    @Test func theLimitCountsRooms() {
        var table = RoomTable<Member>()
        let member = Member()
        #expect(table.join(member, "1", limit: 2) == true)
        #expect(table.join(member, "2", limit: 2) == true)
        #expect(table.join(member, "3", limit: 2) == false)
        #expect(table.join(member, "2", limit: 2) == true)
        table.leave(member, "1")
        #expect(table.join(member, "3", limit: 2) == true)
        #expect(table.rooms(of: member) == ["2", "3"])
    }

    @Test func nothingIsLeftBehind() {
        var table = RoomTable<Member>()
        let members = (0..<100).map { _ in Member() }
        for (index, member) in members.enumerated() {
            table.add(member)
            for room in 0...index % 5 { _ = table.join(member, "\(room)", limit: 10) }
        }
        for member in members.shuffled() { table.remove(member) }
        #expect(table.members.isEmpty)
        #expect(table.roomCount == 0)
        table.remove(members[0])
    }

    @Test func unions() {
        var table = RoomTable<Member>()
        let (a, b) = (Member(), Member())
        _ = table.join(a, "x", limit: 9)
        _ = table.join(a, "y", limit: 9)
        _ = table.join(b, "y", limit: 9)
        #expect(table.members(of: ["x", "y", "z"]).count == 2)
        #expect(table.members(of: []).isEmpty)
    }

    @Test func snapshotsStayAsTheyWere() {
        var table = RoomTable<Member>()
        let (a, b) = (Member(), Member())
        _ = table.join(a, "x", limit: 9)
        let before = table.members(of: "x")
        _ = table.join(b, "x", limit: 9)
        #expect(before.count == 1)
    }
}

struct LimitTests {
    @Test func tokenBucket() {
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
        var bucket = TokenBucket(rate: 10, now: start)
        for _ in 0..<20 { #expect(bucket.take(now: start) == nil) }
        #expect(bucket.take(now: start) == start + .milliseconds(100))
        #expect(bucket.take(now: start + .milliseconds(100)) == start + .milliseconds(200))
        #expect(bucket.take(now: start + .seconds(10)) == nil)
        var unlimited = TokenBucket(rate: 0, now: start)
        for _ in 0..<1000 { #expect(unlimited.take(now: start) == nil) }
    }

    @Test func admission() {
        var admission = Admission(maxConnections: 3, maxPerAddress: 2)
        #expect(admission.enter("a") == true)
        #expect(admission.enter("a") == true)
        #expect(admission.enter("a") == false)
        #expect(admission.enter("b") == true)
        #expect(admission.enter("c") == false)
        admission.leave("a")
        #expect(admission.enter("c") == true)
        admission.leave("a")
        #expect(admission.enter("a") == true)
        #expect(admission.count == 3)
    }

    @Test func identifiers() {
        let identifiers = Set((0..<1000).map { _ in RandomIdentifier.make() })
        #expect(identifiers.count == 1000)
        #expect(identifiers.allSatisfy { $0.utf8.count == 20 })
    }

    @Test(
        arguments: [
            ("/socket.io/", "/socket.io/", [:]), ("/socket.io/?", "/socket.io/", [:]),
            ("/s?a=1&b=2&a=3", "/s", ["a": "1", "b": "2"]),
            ("/s?a=%41+%2f%2&b&=x", "/s", ["a": "A /%2", "b": "", "": "x"]),
            ("/s?a=b=c?d", "/s", ["a": "b=c?d"]), ("", "", [:]),
        ] as [(String, String, [String: String])]
    )
    func requestTargets(uri: String, path: String, query: [String: String]) {
        let target = RequestTarget(uri)
        #expect(target.path == path)
        #expect(target.query == query)
    }
}
