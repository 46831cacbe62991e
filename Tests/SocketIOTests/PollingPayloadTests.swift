import NIOCore
import Testing

@testable import SocketIO

struct PollingPayloadTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64(text: String, encoded: String) {
        var buffer = ByteBuffer()
        Base64.encode(ByteBuffer(string: text), to: &buffer)
        #expect(buffer == ByteBuffer(string: encoded))
        #expect(Base64.decode(buffer) == ByteBuffer(string: text))
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Zm9v\n", "Zm 9", "Zm-_", "Zm9vY\u{e9}="])
    func noBase64(text: String) {
        #expect(Base64.decode(ByteBuffer(string: text)) == nil)
    }

    @Test func everyByte() {
        let bytes = ByteBuffer(bytes: (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        var buffer = ByteBuffer()
        Base64.encode(bytes, to: &buffer)
        #expect(Base64.decode(buffer) == bytes)
    }

    @Test(
        arguments: [
            ("4a", [.text(ByteBuffer(string: "a"))]),
            ("4a\u{1e}4b", [.text(ByteBuffer(string: "a")), .text(ByteBuffer(string: "b"))]),
            ("bAQI=", [.binary(ByteBuffer(bytes: [1, 2]))]), ("b", [.binary(ByteBuffer())]), ("", [.invalid]),
            ("4\u{1e}", [.text(ByteBuffer()), .invalid]), ("b!", [.invalid]),
            ("1\u{1e}3\u{1e}6", [.close, .pong, .noop]),
        ] as [(String, [EnginePacket])]
    )
    func packets(body: String, packets: [EnginePacket]) {
        #expect(PollingPayload.Packets(ByteBuffer(string: body)).map(Array.init) == packets)
    }

    @Test func noText() {
        #expect(PollingPayload.Packets(ByteBuffer(bytes: [0x34, 0xFF])) == nil)
        #expect(PollingPayload.Packets(ByteBuffer(bytes: [0x34, 0xE2, 0x82])) == nil)
    }

    @Test func messages() {
        var payload = ByteBuffer()
        PollingPayload.append(OutboundMessage(text: "4a"), to: &payload)
        PollingPayload.append(OutboundMessage(binary: ByteBuffer(bytes: [1, 2])), to: &payload)
        PollingPayload.append(
            OutboundMessage(frame: WebSocketFrame.text("451-[]"), attachments: [ByteBuffer(bytes: [3])]),
            to: &payload
        )
        #expect(payload == ByteBuffer(string: "4a\u{1e}bAQI=\u{1e}451-[]\u{1e}bAw=="))
    }
}

struct UpgradeMachineTests {
    private static func run(_ machine: inout UpgradeMachine, _ text: String) -> UpgradeMachine.Action {
        machine.received(ByteBuffer(string: text))
    }

    @Test func rightOrder() {
        var machine = UpgradeMachine()
        #expect(machine.begin() == true)
        #expect(machine.begin() == false)
        #expect(Self.run(&machine, "2probe") == .probed)
        #expect(Self.run(&machine, "5") == .completed)
        #expect(machine.begin() == false)
        machine.reset()
        #expect(machine.begin() == false)
    }

    @Test(arguments: [["5"], ["2probe", "2probe"], ["2probe", "4x"], ["2"], [""], ["3probe"], ["2probe", "5x"]])
    func wrongOrder(texts: [String]) {
        var machine = UpgradeMachine()
        _ = machine.begin()
        var last: UpgradeMachine.Action = .probed
        for text in texts { last = Self.run(&machine, text) }
        #expect(last == .failed)
        machine.reset()
        #expect(machine.begin() == true)
    }
}
