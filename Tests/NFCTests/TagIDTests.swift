import Testing

@testable import NFC

@Suite struct TagIDTests {
    @Test(arguments: [
        ("04a1b2c3", "04a1b2c3"),
        ("04A1B2C3", "04a1b2c3"),
        ("04:a1:B2:c3", "04a1b2c3"),
        ("04-A1-B2-C3-D4-E5-F6", "04a1b2c3d4e5f6"),
        ("04 a1 b2 c3 d4 e5 f6", "04a1b2c3d4e5f6"),
        ("04a1 b2c3 d4e5 f6", "04a1b2c3d4e5f6"),
        ("00000000", "00000000"),
        ("0123456789abcdef0123", "0123456789abcdef0123"),
        ("ff:FF:ff:FF:ff:FF:ff:FF:ff:FF", "ffffffffffffffffffff"),
    ])
    func reads(text: String, canonical: String) throws {
        let tag = try #require(TagID(text))
        #expect(tag.description == canonical)
        #expect(TagID(canonical) == tag)
        #expect(TagID(bytes: tag.bytes) == tag)
        #expect(tag.bytes.count == canonical.count / 2)
    }

    @Test(arguments: [
        "", " ", "04", "04a1b2", "04a1b2c", "04a1b2c3d4", "04a1b2c3d4e5", "04a1b2c3d4e5f607", "04a1b2c3d4e5f60708",
        "0123456789abcdef012345", "04a1b2cg", "0x04a1b2c3", "04::a1:b2:c3", ":04a1b2c3", "04a1b2c3:", "04a1b2c3 ",
        " 04a1b2c3", "0:4a1b2c3", "04,a1,b2,c3", "04a1b2c3\n", "０４ａ１ｂ２ｃ３", "04a1b2c3\0", "-04a1b2c3",
    ])
    func refuses(text: String) {
        #expect(TagID(text) == nil)
    }

    @Test func refusesALongTextWithoutReadingItAll() {
        #expect(TagID(String(repeating: "04", count: 1_000_000)) == nil)
    }

    @Test(arguments: 0...16)
    func takesOnlyTheThreeLengths(count: Int) {
        #expect((TagID(bytes: [UInt8](repeating: 7, count: count)) != nil) == [4, 7, 10].contains(count))
    }

    @Test func differsByEveryByteAndByLength() {
        var tags: Set<TagID> = []
        for count in TagID.lengths {
            for index in 0..<count {
                var bytes = [UInt8](repeating: 0, count: count)
                bytes[index] = 1
                tags.insert(TagID(bytes: bytes)!)
            }
            tags.insert(TagID(bytes: [UInt8](repeating: 0, count: count))!)
        }
        #expect(tags.count == 4 + 7 + 10 + 3)
    }

    @Test(arguments: [("08a1b2c3", true), ("04a1b2c3", false), ("08a1b2c3d4e5f6", false), ("80a1b2c3", false)])
    func knowsRandomOnes(text: String, isRandom: Bool) {
        #expect(TagID(text)?.isRandom == isRandom)
    }
}
