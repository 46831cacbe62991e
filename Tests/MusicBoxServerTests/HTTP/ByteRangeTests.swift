import Testing

@testable import MusicBoxServer

@Suite struct ByteRangeTests {
    @Test(
        "RFC 9110, section 14.1.2, of a file of 100 bytes",
        arguments: [
            (nil, ByteRange.whole), ("bytes=0-9", .part(0...9)), ("bytes=90-", .part(90...99)),
            ("bytes=-10", .part(90...99)), ("bytes=0-0", .part(0...0)), ("bytes=0-99", .part(0...99)),
            ("bytes=50-1000", .part(50...99)), ("bytes=-1000", .part(0...99)), ("BYTES=1-2", .part(1...2)),
            ("bytes= 1 - 2 ", .part(1...2)), ("bytes=99999999999999999999-", .unsatisfiable),
            ("bytes=0-99999999999999999999", .part(0...99)), ("bytes=100-", .unsatisfiable),
            ("bytes=100-200", .unsatisfiable), ("bytes=-0", .unsatisfiable), ("bytes=", .whole), ("bytes=-", .whole),
            ("bytes=9-5", .whole), ("bytes=a-b", .whole), ("bytes=1-2,4-5", .whole), ("items=0-5", .whole),
            ("bytes", .whole), ("", .whole), ("bytes=+1-2", .whole),
        ]
    )
    func parse(header: String?, range: ByteRange) {
        #expect(ByteRange(header, size: 100) == range)
    }

    @Test func anEmptyFileHasNoPart() {
        #expect(ByteRange("bytes=0-", size: 0) == .unsatisfiable)
        #expect(ByteRange("bytes=-1", size: 0) == .unsatisfiable)
        #expect(ByteRange(nil, size: 0) == .whole)
    }
}
