import Testing

@testable import MusicBoxServer

@Suite struct MultipartFieldTests {
    private static let content: [UInt8] = Array("\r\n--x--\r\nsome \0 bytes --bound".utf8)
    private static let type = "multipart/form-data; boundary=\"bound\""

    private static func body(_ content: [UInt8] = content, name: String = "file", before: String = "") -> [UInt8] {
        let head = "\(before)--bound\r\nContent-Disposition: form-data; name=\"\(name)\"; filename=\"a;b.mp3\"\r\n"
        return Array((head + "Content-Type: audio/mpeg\r\n\r\n").utf8) + content + Array("\r\n--bound--\r\n".utf8)
    }

    private func read(_ body: [UInt8], pieces: Int, length: Int = content.count) throws -> [UInt8] {
        var field = try #require(try MultipartField(contentType: Self.type, name: "file", length: length))
        var taken: [UInt8] = []
        for start in stride(from: 0, to: body.count, by: pieces) {
            taken += try field.take(Array(body[start..<min(start + pieces, body.count)]))
        }
        try field.finish()
        return taken
    }

    @Test("in pieces of any size", arguments: [1, 2, 3, 7, 64, 1_000])
    func pieces(size: Int) throws {
        #expect(try read(Self.body(), pieces: size) == Self.content)
    }

    @Test func otherFieldsDoNotMatter() throws {
        let before = "--bound\r\nContent-Disposition: form-data; name=\"chunk_index\"\r\n\r\n0\r\n"
        let body = Self.body(before: before) + Array("--bound\r\nanything".utf8)
        #expect(try read(body, pieces: 5) == Self.content)
    }

    @Test(
        "bodies that are refused",
        arguments: [
            body(name: "other"), body(content + [1]), body(content.dropLast()), Array(body().dropLast(12)), [],
            Array("no multipart at all".utf8), [UInt8](repeating: 65, count: MultipartField.maximumPreamble + 1),
        ]
    )
    func refused(body: [UInt8]) {
        #expect(throws: APIFailure.self) { try read(body, pieces: 10) }
    }

    @Test func aRawBodyIsNone() throws {
        #expect(try MultipartField(contentType: nil, name: "file", length: 1).map { _ in 0 } == nil)
        #expect(try MultipartField(contentType: "audio/mpeg", name: "file", length: 1).map { _ in 0 } == nil)
        #expect(throws: APIFailure.self) {
            try MultipartField(contentType: "multipart/form-data", name: "file", length: 1)
        }
    }
}
