import Testing

@testable import Audio

@Suite struct PCMFormatTests {
    /// Whenever a server takes its share, as much lies there, however its taking and our filling fall together; and there
    /// is room for what is urgent.
    @Test(arguments: [60, 150, 200, 300, 500, 1_000, 2_000], [44_100, 48_000, 96_000])
    func aServerNeverFindsTooLittle(bufferMs: Int, rate: Int) {
        let layout = PCMNegotiation.layout(bufferMs: bufferMs, peer: .server)
        let format = PCMFormat(
            rate: rate,
            channels: 2,
            encoding: .s16,
            periodFrames: layout.period * rate / 1000,
            bufferFrames: layout.buffer * rate / 1000,
            fillFrames: PCMNegotiation.fill(
                of: layout.buffer * rate / 1000,
                rate: rate,
                fillMs: layout.fill
            ),
            shareFrames: (layout.buffer - 2 * layout.period) * rate / 1000
        )
        #expect(format.bufferFrames - format.fillFrames >= format.fillFrames / 4)
        let low = format.fillFrames - format.refillFrames
        // Of what is left when we fill up, the share taken last is at most all but this.
        #expect(low > format.shareFrames, "\(low) frames left, \(format.shareFrames) taken at once")
        #expect(format.startFrames >= format.shareFrames)
    }
}
