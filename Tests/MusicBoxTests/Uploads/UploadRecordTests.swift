import Testing

@testable import MusicBox

@Suite struct UploadRecordTests {
    private static let session = UploadSession(
        id: "s",
        playlistID: "p",
        filename: "Für Elise \"live\".mp3",
        fileSize: 2_500,
        chunkSize: 1_000,
        fileHash: String(repeating: "a", count: 64),
        createdMs: 5
    )

    private func record(_ lines: [UploadRecord.Line], tail: String = "", boot: String = "b") throws -> UploadRecord? {
        let text = lines.map(\.text).joined() + tail
        return UploadRecord(try UploadRecord.head(of: Self.session) + Array(text.utf8), boot: boot)
    }

    @Test func theHeadIsTheSession() throws {
        let record = try #require(try record([]))
        #expect(record.session == Self.session)
        #expect(record.lines == 0)
    }

    @Test(
        "lines are read as they were written",
        arguments: [
            UploadRecord.Line.boot("b-1"), .received(chunk: 3, atMs: 17), .forgotten(chunk: 0), .durable(lines: 12),
            .storing(path: "p/a b (2).mp3"), .completed(trackIDs: ["x", "y"]), .failed("no music"),
        ]
    )
    func lines(line: UploadRecord.Line) {
        #expect(line.text.last == "\n")
        #expect(UploadRecord.Line(String(line.text.dropLast())) == line)
    }

    @Test(
        "what means nothing is passed over",
        arguments: ["", "received", "received x 1", "received 1", "durable", "storing ", "nonsense 5", "forgotten -"]
    )
    func nonsense(text: String) throws {
        #expect(UploadRecord.Line(text) == nil)
        let record = try #require(try record([.boot("b"), .received(chunk: 0, atMs: 9)], tail: text + "\n"))
        #expect(record.session.missing == [1, 2])
    }

    @Test func chunksOfThisLifeCount() throws {
        let record = try #require(
            try record([
                .boot("b"), .received(chunk: 0, atMs: 10), .received(chunk: 2, atMs: 11), .forgotten(chunk: 0),
                .received(chunk: 7, atMs: 12),
            ])
        )
        #expect(record.session.missing == [0, 1])
        #expect(record.session.bytesReceived == 500)
        #expect(record.session.activeMs == 11)
    }

    @Test("after a power cut only what was made durable counts")
    func anotherLife() throws {
        let lines: [UploadRecord.Line] = [
            .boot("b"), .received(chunk: 0, atMs: 10), .received(chunk: 1, atMs: 11), .durable(lines: 2),
            .received(chunk: 2, atMs: 12),
        ]
        #expect(try record(lines)?.session.missing == [])
        #expect(try record(lines, boot: "c")?.session.missing == [1, 2])
        let again = lines + [.boot("c"), .received(chunk: 1, atMs: 20)]
        #expect(try record(again, boot: "c")?.session.missing == [2])
    }

    @Test func aHalfLineIsNone() throws {
        let record = try #require(try record([.boot("b"), .received(chunk: 0, atMs: 9)], tail: "received 1 9"))
        #expect(record.session.missing == [1, 2])
    }

    @Test func theEndIsKept() throws {
        #expect(try record([.completed(trackIDs: ["t"])])?.session.status == .completed(trackIDs: ["t"]))
        #expect(try record([.failed("a\nb")])?.session.status == .failed("a b"))
        #expect(try record([.storing(path: "p/x.mp3")])?.stored == ["p/x.mp3"])
    }

    @Test("what is no record", arguments: ["", "\n", "{}\n", "{\"id\": 5}\n", "received 0 1\n", "no end"])
    func noRecord(text: String) {
        #expect(UploadRecord(Array(text.utf8), boot: "b") == nil)
    }
}
