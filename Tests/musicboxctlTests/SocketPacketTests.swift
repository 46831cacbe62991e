import MusicBoxAPI
import Testing

@testable import musicboxctl

@Suite struct SocketPacketTests {
    @Test(arguments: [
        (
            #"0{"sid":"x","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}"#,
            SocketPacket.open(pingInterval: 300, pingTimeout: 200)
        ),
        ("1", .close), ("2", .ping), ("6", .noop), (#"40{"sid":"y"}"#, .connected), ("40", .connected),
        ("41", .disconnected),
        (#"44{"message":"Invalid namespace"}"#, .refused(message: "Invalid namespace")),
        (
            #"42["a",{"b":[1,2.5,true,null,"ü"]}]"#,
            .event(name: "a", payload: ["b": [1, .double(2.5), true, nil, "ü"]])
        ),
        (#"4217["a"]"#, .event(name: "a", payload: .null)), ("431[]", .other),
        (#"451-["a",{"_placeholder":true,"num":0}]"#, .other),
    ])
    func parses(_ text: String, _ packet: SocketPacket) throws {
        #expect(try SocketPacket(parsing: text) == packet)
    }

    @Test(arguments: [
        "", "9", "x", "0", "0{}", #"0{"pingInterval":0,"pingTimeout":1}"#, "4", "4x", "42", "42{}", "42[]", "42[1]",
        #"42["a""#, "44",
    ])
    func refuses(_ text: String) {
        #expect(throws: SocketPacket.Malformed.self) { try SocketPacket(parsing: text) }
    }

    @Test func writesEvents() {
        #expect(SocketPacket.text(event: "join:playlists", payload: [:]) == #"42["join:playlists",{}]"#)
        #expect(SocketPacket.text(event: "a", payload: ["x": "a/b"]) == #"42["a",{"x":"a/b"}]"#)
    }
}
