import Testing

@testable import Audio

@Suite struct PCMFormatTests {
    private let format = PCMFormat(
        rate: 48_000,
        channels: 2,
        encoding: .s16,
        periodFrames: 6_400,
        bufferFrames: 19_200,
        fillFrames: 14_400
    )

    @Test(arguments: [
        (0, 7_200, "hardware plays out of the buffer itself"),
        (1_000, 7_200, "less than is worth following"),
        (1_900, 2_060, "just after a server has taken the next"),
        (6_400, 6_560, "a server that has just taken a period"),
        (14_400, 7_200, "one that takes everything is not waited for"),
    ])
    func isFilledUpAgainAfter(taken: Int, frames: Int, why: String) {
        #expect(format.refillFrames(taken: taken) == frames, "\(why)")
    }

    /// Whenever a server takes its share, as much lies there, however the share and the waiting fall together.
    @Test(arguments: [150, 200, 300, 500, 1_000, 2_000], [44_100, 48_000, 96_000])
    func aServerNeverFindsTooLittle(bufferMs: Int, rate: Int) {
        let fill = rate * bufferMs / 1000
        let layout = PCMNegotiation.layout(fill: fill, isHardware: false)
        let format = PCMFormat(
            rate: rate,
            channels: 2,
            encoding: .s16,
            periodFrames: layout.period,
            bufferFrames: layout.buffer,
            fillFrames: PCMNegotiation.fill(of: layout.buffer, rate: rate, bufferMs: bufferMs)
        )
        // What PulseAudio takes at once.
        let share = format.bufferFrames - 2 * format.periodFrames
        for begun in stride(from: 0, to: share, by: 7) {
            // Filled up with `share - begun` of the last share still to be heard.
            var taken = share - begun
            var queued = format.fillFrames - taken
            for _ in 0..<50 {
                var rest = format.refillFrames(taken: taken)
                while rest >= taken {
                    #expect(queued >= share)
                    rest -= taken
                    queued -= share
                    taken = share
                }
                taken -= rest
                queued = min(format.fillFrames - taken, format.bufferFrames)
            }
        }
    }
}
