import MusicBoxAPI
import NIOCore
import NIOPosix
import Testing

@testable import musicboxctl

@Suite struct HTTPClientTests {
    private func get(_ server: ServerURL, timeout: TimeAmount = .seconds(30)) async throws -> MusicBoxReply {
        try await MusicBoxClient(http: HTTPClient(server: server, timeout: timeout)).get("/x")
    }

    private static func reply(_ status: String, _ body: String, headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test(arguments: [
        reply("200 OK", #"{"status":"success","data":{"volume":5,"muted":true}}"#),
        "HTTP/1.1 200 OK\r\n\r\n" + #"{"data":{"volume":5,"muted":true}}"#,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n22\r\n" + #"{"data":{"volume":5,"muted":true}}"#
            + "\r\n0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n" + reply("201 Created", #"{"data":{"volume":5,"muted":true}}"#),
    ])
    func takesAnswers(_ answer: String) async throws {
        try await CannedServer.with(answer: answer) { server in
            let reply = try await get(server)
            #expect(try reply.decode(VolumeState.self) == VolumeState(volume: 5, muted: true))
            #expect(reply.json == ["volume": 5, "muted": true])
        }
    }

    @Test func takesAnEmptyAnswer() async throws {
        try await CannedServer.with(answer: "HTTP/1.1 204 No Content\r\n\r\n") { server in
            let reply = try await get(server)
            #expect(reply.json == .null)
        }
    }

    @Test(arguments: [
        (
            reply("404 Not Found", #"{"status":"error","error_type":"not_found","message":"No such tag"}"#),
            CtlError.Code.refused, "No such tag"
        ),
        (
            reply(
                "429 Too Many Requests",
                #"{"status":"error","error_type":"rate_limit_exceeded","message":"Slower"}"#
            ), .temporary, "Slower"
        ),
        (reply("404 Not Found", "<html>"), .unreachable, "HTTP 404"),
        (reply("200 OK", "<html>"), .unreachable, "not from a musicboxd"),
        (reply("200 OK", "{}"), .unreachable, "not from a musicboxd"),
        (reply("302 Found", "", headers: "Location: http://evil/\r\n"), .unreachable, "redirects to http://evil/"),
        ("", .unreachable, "before it had answered"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", .unreachable, "from a musicboxd"),
        ("SSH-2.0-OpenSSH_9.9\r\n\r\n", .unreachable, "not from a musicboxd"),
    ])
    func namesFailures(_ answer: String, _ code: CtlError.Code, _ words: String) async throws {
        try await CannedServer.with(answer: answer) { server in
            let error = await #expect(throws: CtlError.self) { try await get(server) }
            #expect(error?.code == code)
            #expect(error.map { "\($0)" }?.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test func silenceIsTemporary() async throws {
        try await CannedServer.with(answer: "HTTP/1.1 200 OK\r\n", end: .hold) { server in
            let error = await #expect(throws: CtlError.self) { try await get(server, timeout: .milliseconds(50)) }
            #expect(error?.code == .temporary)
        }
    }

    @Test func nobodyThereIsUnreachable() async throws {
        // A port that was free a moment ago: bound, read, and given back.
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        let error = await #expect(throws: CtlError.self) { try await get(ServerURL(parsing: "127.0.0.1:\(port)")) }
        #expect(error?.code == .unreachable)
        #expect(error.map { "\($0)" }?.contains("is musicboxd running?") == true)
    }

    @Test("A server may refuse a big body before it has read it")
    func earlyRefusal() async throws {
        let answer = Self.reply("507 Insufficient Storage", #"{"status":"error","message":"Disk full"}"#)
        try await CannedServer.with(answer: answer, end: .hold) { server in
            let client = MusicBoxClient(http: HTTPClient(server: server, timeout: .seconds(30)))
            let body = ByteBuffer(repeating: 0, count: 8 << 20)
            let error = await #expect(throws: CtlError.self) { try await client.put("/x", body: body) { _ in } }
            #expect(error?.what == "Disk full")
        }
    }

    @Test func cancellingEndsARequest() async throws {
        try await CannedServer.with(answer: "", end: .hold) { server in
            let task = Task { try await get(server) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}
