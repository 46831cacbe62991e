import NIOCore
import SocketIO
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LiveConnectionTests {
    /// The handlers of the official suite's server.
    private static func fixture(_ server: SocketIOServer) {
        for namespace in [server.namespace, server.of("/custom")] {
            namespace.onConnection { socket in
                socket.emit("auth", json: socket.handshake.auth ?? ByteBuffer(string: "{}"))
            }
        }
        server.namespace.on("message") { socket, arguments in
            socket.emit("message-back", forwarding: arguments)
            return nil
        }
        server.namespace.respond(to: "message-with-ack") { $1 }
        server.namespace.on("emit-with-ack") { socket, arguments in
            let answer = try await socket.emitWithAck("emit-with-ack", forwarding: arguments, timeout: .seconds(20))
            socket.emit("emit-with-ack", forwarding: answer)
            return nil
        }
    }

    @Test func handshake() async throws {
        try await LiveServer.with(configure: {
            $0.pingInterval = .milliseconds(25_500)
            $0.pingTimeout = .seconds(7)
        }) { server in
            let client = try await RawClient.open(server.port)
            #expect(client.response.hasPrefix("HTTP/1.1 101 "))
            #expect(client.response.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
            let open = try #require(await client.text())
            #expect(open.hasPrefix("0{\"sid\":\""))
            #expect(
                open.hasSuffix(
                    "\",\"upgrades\":[],\"pingInterval\":25500,\"pingTimeout\":7000,\"maxPayload\":1000000}"
                )
            )
            #expect(server.socketIO.clientCount == 1)
        }
    }

    @Test(arguments: [
        ("40", "40{\"sid\":", "42[\"auth\",{}]"),
        ("40{\"token\":\"123\"}", "40{\"sid\":", "42[\"auth\",{\"token\":\"123\"}]"),
        ("40/custom,", "40/custom,{\"sid\":", "42/custom,[\"auth\",{}]"),
        ("40/custom", "40/custom,{\"sid\":", "42/custom,[\"auth\",{}]"),
        ("40/custom,{\"token\":\"abc\"}", "40/custom,{\"sid\":", "42/custom,[\"auth\",{\"token\":\"abc\"}]"),
    ])
    func connect(packet: String, answer: String, event: String) async throws {
        try await LiveServer.with(prepare: Self.fixture) { server in
            let client = try await RawClient.open(server.port)
            _ = await client.next()
            client.send(packet)
            #expect(await client.text()?.hasPrefix(answer) == true)
            #expect(await client.text() == event)
        }
    }

    @Test func unknownNamespace() async throws {
        try await LiveServer.with(prepare: Self.fixture) { server in
            let client = try await RawClient.open(server.port)
            _ = await client.next()
            client.send("40/random")
            #expect(await client.text() == "44/random,{\"message\":\"Invalid namespace\"}")
            client.send("40")
            #expect(await client.text()?.hasPrefix("40{") == true)
        }
    }

    @Test(arguments: [
        ("42[\"message\",1,\"2\",{\"3\":[true]}]", "42[\"message-back\",1,\"2\",{\"3\":[true]}]"),
        ("42[\"message\"]", "42[\"message-back\"]"),
        ("42[\"message\",1.0,1,9007199254740991,-0.0,1e3]", "42[\"message-back\",1.0,1,9007199254740991,-0.0,1e3]"),
        ("42456[\"message-with-ack\",1,\"2\",{\"3\":[false]}]", "43456[1,\"2\",{\"3\":[false]}]"),
        ("420[\"message-with-ack\"]", "430[]"),
    ])
    func events(packet: String, answer: String) async throws {
        try await LiveServer.with(prepare: Self.fixture) { server in
            let client = try await RawClient.connect(server.port)
            _ = await client.next()
            client.send(packet)
            #expect(await client.text() == answer)
        }
    }

    @Test func emitWithAck() async throws {
        try await LiveServer.with(prepare: Self.fixture) { server in
            let client = try await RawClient.connect(server.port)
            _ = await client.next()
            client.send("42[\"emit-with-ack\",1,\"2\"]")
            #expect(await client.text() == "420[\"emit-with-ack\",1,\"2\"]")
            client.send("437[\"not asked for\"]")
            client.send("430[1,\"2\",{\"3\":[false]}]")
            #expect(await client.text() == "42[\"emit-with-ack\",1,\"2\",{\"3\":[false]}]")
        }
    }

    @Test func binary() async throws {
        try await LiveServer.with(prepare: Self.fixture) { server in
            let client = try await RawClient.connect(server.port)
            _ = await client.next()
            for (sent, answer) in [
                ("452-[\"message\",", "452-[\"message-back\","), ("452-789[\"message-with-ack\",", "462-789["),
            ] {
                let arguments = "{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]"
                client.send(sent + arguments)
                client.send(binary: [1, 2, 3])
                client.send(binary: [4, 5, 6])
                #expect(await client.text() == answer + arguments)
                #expect(await client.next() == .init(opcode: 2, payload: ByteBuffer(bytes: [1, 2, 3])))
                #expect(await client.next() == .init(opcode: 2, payload: ByteBuffer(bytes: [4, 5, 6])))
            }
        }
    }

    @Test(arguments: [
        "4abc", "42{}", "42abc[\"message-with-ack\"]", "42[\"message\"]", "41/x", "", "2", "5", "0", "7", "abc",
        "40[]", "40null", "40{", "44{}", "47", "450-[\"a\"]",
    ])
    func closedBeforeConnect(packet: String) async throws {
        try await LiveServer.with(prepare: Self.fixture) { server in
            let client = try await RawClient.open(server.port)
            _ = await client.next()
            client.send(packet)
            #expect(await client.closeCode() == 1008)
        }
    }

    @Test(arguments: [
        "40", "42/custom,[\"message\"]", "42{}", "42", "42[]", "42[{}]", "42[null,1]", "42[\"a\"", "42[\"a\"]x",
        "42[\"a\",]",
        "42[\"connect\"]", "42[\"disconnect\"]", "41{}", "44{\"message\":\"x\"}", "4511-[\"a\"]", "45[\"a\"]",
        "45x-[\"a\"]",
        "43[]", "42abc[\"a\"]", "42[\"a\",tru]", "42[\"a\",01]", "42[\"a\",\"\t\"]", "4299999999999999999999[\"a\"]",
        "42[\"a\"," + String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000) + "]",
        "42[\"" + String(repeating: "a", count: 300) + "\"]",
    ])
    func closedAfterConnect(packet: String) async throws {
        try await LiveServer.with(prepare: Self.fixture) { server in
            let client = try await RawClient.connect(server.port)
            _ = await client.next()
            client.send("4" + packet)
            #expect(await client.closeCode() == 1008)
        }
    }

    @Test func attachmentsOutOfPlace() async throws {
        try await LiveServer.with(prepare: Self.fixture) { server in
            for steps: [(RawClient) -> Void] in [
                [{ $0.send(binary: [1]) }],
                [{ $0.send("451-[\"message\",{\"_placeholder\":true,\"num\":0}]") }, { $0.send("42[\"message\"]") }],
                [{ $0.send("451-[\"message\",{\"_placeholder\":true,\"num\":1}]") }, { $0.send(binary: [1]) }],
                [
                    { $0.send("451-[\"message\",[{\"a\":{\"num\":-1,\"_placeholder\":true}}]]") },
                    { $0.send(binary: [1]) },
                ],
            ] {
                let client = try await RawClient.connect(server.port)
                _ = await client.next()
                for step in steps { step(client) }
                #expect(await client.closeCode() == 1008)
            }
        }
    }

    @Test func leavingANamespaceKeepsTheConnection() async throws {
        try await LiveServer.with(
            configure: { $0.pingInterval = .milliseconds(50) }
        ) { server in
            let client = try await RawClient.connect(server.port)
            client.send("41")
            #expect(await client.text() == "2")
            client.send("3")
            client.send("40")
            var answer = await client.text()
            while answer == "2" {
                client.send("3")
                answer = await client.text()
            }
            #expect(answer?.hasPrefix("40{") == true)
        }
    }

    @Test func heartbeat() async throws {
        try await LiveServer.with(configure: { $0.pingInterval = .milliseconds(20) }) { server in
            let client = try await RawClient.connect(server.port)
            for _ in 0..<5 {
                #expect(await client.text() == "2")
                client.send("3")
            }
            #expect(server.socketIO.clientCount == 1)
        }
    }

    @Test func withoutPongsTheConnectionEnds() async throws {
        try await LiveServer.with(configure: {
            $0.pingInterval = .milliseconds(20)
            $0.pingTimeout = .milliseconds(20)
        }) { server in
            let client = try await RawClient.open(server.port)
            #expect(await client.text()?.first == "0")
            #expect(await client.text() == "2")
            #expect(await client.next() == nil)
        }
    }

    @Test func connectTimeout() async throws {
        try await LiveServer.with(configure: { $0.connectTimeout = .milliseconds(50) }) { server in
            let client = try await RawClient.open(server.port)
            #expect(await client.closeCode() == 1008)
        }
    }

    @Test(arguments: [
        ("/socket.io/?EIO=4&transport=polling", "GET", 400, 3), ("/socket.io/?EIO=4", "GET", 400, 0),
        ("/socket.io/?EIO=4&transport=abc", "GET", 400, 0), ("/socket.io/?EIO=3&transport=websocket", "GET", 400, 5),
        ("/socket.io/?transport=websocket", "GET", 400, 5), ("/socket.io/?EIO=4&transport=websocket", "POST", 400, 2),
        ("/socket.io?EIO=4&transport=websocket&sid=x", "GET", 400, 1),
    ])
    func refusedRequests(target: String, method: String, status: Int, code: Int) async throws {
        try await LiveServer.with { server in
            let client = try await RawClient.open(server.port, target, method: method)
            #expect(client.response.hasPrefix("HTTP/1.1 \(status) "))
            #expect(client.response.contains("Content-Type: application/json"))
            #expect(await client.rest().hasPrefix("{\"code\":\(code),\"message\":\""))
        }
    }

    @Test func plainRequestForAWebSocket() async throws {
        try await LiveServer.with { server in
            let client = try await RawClient.open(server.port, headers: "Connection: close\r\n")
            #expect(client.response.hasPrefix("HTTP/1.1 400 "))
            #expect(await client.rest() == "{\"code\":3,\"message\":\"Bad request\"}")
        }
    }

    @Test(arguments: [
        ("Sec-WebSocket-Version: 8\r\n", 426), ("", 400),
        ("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n", 400),
    ])
    func brokenHandshakes(header: String, status: Int) async throws {
        try await LiveServer.with { server in
            let headers = "Connection: Upgrade\r\nUpgrade: websocket\r\n" + header
            let client = try await RawClient.open(server.port, headers: headers)
            #expect(client.response.hasPrefix("HTTP/1.1 \(status) "))
            #expect(client.response.contains("Sec-WebSocket-Version: 13"))
            #expect(await client.rest() == "{\"code\":3,\"message\":\"Bad request\"}")
        }
    }

    @Test func aSecondWebSocketForASessionIsClosedAndTheFirstGoesOn() async throws {
        try await LiveServer.with(prepare: Self.fixture) { server in
            let first = try await RawClient.open(server.port)
            let sid = try #require(await first.text()?.split(separator: "\"")[3])
            let second = try await RawClient.open(server.port, "/socket.io/?EIO=4&transport=websocket&sid=\(sid)")
            #expect(second.response.hasPrefix("HTTP/1.1 101 "))
            #expect(await second.closeCode() == 1000)
            first.send("40")
            #expect(await first.text()?.hasPrefix("40{") == true)
        }
    }
}
