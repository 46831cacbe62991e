import Testing

@testable import musicboxctl

@Suite struct TagArgumentTests {
    @Test(arguments: [
        ("04a1b2c3", "04a1b2c3"), ("04:A1:B2:C3", "04a1b2c3"), ("04 A1-B2 C3 D4 E5 F6", "04a1b2c3d4e5f6"),
    ])
    func reads(_ text: String, _ id: String) throws {
        #expect(try TagArgument(parsing: text).id == id)
    }

    @Test(arguments: ["", "4", "04a", "xyz1", "04a1/../x", String(repeating: "0", count: 34), "٠٤٠٤"])
    func refuses(_ text: String) {
        #expect(throws: (any Error).self) { try TagArgument(parsing: text) }
    }
}
