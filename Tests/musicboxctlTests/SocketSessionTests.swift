import MusicBoxAPI
import Testing

@testable import musicboxctl

@Suite struct SocketSessionTests {
    private static let open = #"0{"sid":"x","pingInterval":300,"pingTimeout":200}"#

    @Test func joinsAndDelivers() {
        var session = SocketSession()
        #expect(session.receive(Self.open) == [.expectWithin(milliseconds: 500), .send("40")])
        #expect(session.receive("2") == [.send("3")])
        #expect(session.receive(#"42["early"]"#) == [])
        #expect(session.receive("40{}") == [.deliver(.connected)])
        #expect(session.receive("2") == [.send("3")])
        #expect(session.receive("6") == [])
        #expect(session.receive(#"42["a",1]"#) == [.deliver(.event(name: "a", payload: 1))])
        #expect(session.receive("431[]") == [])
        #expect(session.state == .connected)
    }

    @Test(arguments: [
        ([String](), "40{}", SocketFailure.malformed), ([], "2", .malformed), ([], "hello", .malformed),
        ([open], open, .malformed), ([open], #"44{"message":"no"}"#, .refused("no")),
        ([open], "1", .closed), ([open, "40"], "40", .malformed), ([open, "40"], "41", .closed),
        ([open, "40"], "42{", .malformed),
    ])
    func ends(_ before: [String], _ text: String, _ failure: SocketFailure) {
        var session = SocketSession()
        before.forEach { _ = session.receive($0) }
        #expect(session.receive(text) == [.end(failure)])
        #expect(session.state == .ended)
        #expect(session.receive(Self.open) == [], "nothing happens after the end")
    }

    @Test func waitsLongerEachTime() {
        var backoff = Backoff()
        let delays = (0..<7).map { _ in backoff.next() }
        #expect(
            delays == [
                .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(10), .seconds(10),
            ]
        )
        backoff.reset()
        #expect(backoff.next() == .milliseconds(500))
    }
}
