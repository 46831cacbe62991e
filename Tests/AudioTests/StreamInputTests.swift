import Testing
import Threads

@testable import Audio

@Suite struct StreamInputTests {
    @Test(
        arguments: [
            ("StreamTitle='Der Mond';StreamUrl='';", "Der Mond"), ("StreamTitle='It's late';", "It's late"),
            ("StreamTitle='';", ""), ("StreamTitle='cut", "cut"), ("StreamUrl='x';", nil), ("", nil),
        ] as [(String, String?)]
    )
    func titlesOfStations(packet: String, title: String?) {
        #expect(StreamInput.title(inPacket: packet) == title)
    }

    /// Only http and https are spoken, whatever an address names.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["file:///etc/passwd", "concat:/etc/passwd", "ftp://127.0.0.1:1/a", "gopher://127.0.0.1:1/a"]
    )
    func otherProtocolsAreRefused(url: String) async throws {
        let input = StreamInput(url: url, listener: Wakeup())
        defer { input.close() }
        while input.status.failure == nil { try await Task.sleep(for: .milliseconds(5)) }
        #expect(input.status.failure?.code == .unreachable)
        #expect(input.status.bytes == 0)
    }

    /// A reader in the middle of its read is let go at once.
    @Test(.timeLimit(.minutes(1))) func closingEndsAWaitingRead() async throws {
        let input = StreamInput(url: "http://127.0.0.1:1/nothing.mp3", listener: Wakeup())
        let closer = WorkerThread(name: "closer") { input.close() }
        var byte: UInt8 = 0
        #expect(input.read(into: &byte, count: 1, interrupt: Interrupt(seconds: 30)) < 0)
        closer.join()
    }
}
