import Testing

@testable import musicboxctl

@Suite struct VolumeArgumentTests {
    @Test(arguments: [
        ("0", VolumeArgument.to(0)), ("100", .to(100)), ("40%", .to(40)), ("+5", .by(5)), ("-5", .by(-5)),
        ("\u{2212}5", .by(-5)), ("mute", .mute), ("UNMUTE", .unmute),
    ])
    func reads(_ text: String, _ change: VolumeArgument) {
        #expect(VolumeArgument(text) == change)
    }

    @Test(arguments: ["", "%", "101", "+101", "loud", "4.5", "++5", "+-5", "1e1", "-"])
    func refuses(_ text: String) {
        #expect(VolumeArgument(text) == nil)
    }
}
