import Glibc
import Testing

@testable import Audio

@Suite struct StretchTests {
    /// A tone of 441 Hz stays one: as many zero crossings per second at every speed, in another number of seconds.
    @Test(arguments: [0.5, 0.75, 1.0, 1.5, 2.0]) func pitchStays(speed: Double) async throws {
        try await withWorkbench { bench in
            let frames = 44_100 * 4
            let samples = (0..<frames).flatMap { frame in
                let value = Int16(12_000 * sin(2 * .pi * 441 * Double(frame) / 44_100))
                return [value, value]
            }
            let path = try bench.wav(samples)
            let source = try AudioSource(path: path, interrupt: Interrupt())
            let converter = FrameConverter(outputRate: 44_100)
            converter.speed = speed
            var heard: [Float] = []
            var fed = 0
            while try source.advance() == .samples {
                while source.offset < source.count {
                    let taken = try converter.convert(
                        source.frame,
                        offset: source.offset,
                        count: source.count - source.offset,
                        path: path
                    )
                    source.consume(taken)
                    fed += taken
                }
                heard += UnsafeBufferPointer(start: converter.samples, count: converter.count * 2)
                converter.consume(converter.count)
                // What is held back is known, so that positions are.
                #expect(abs(Double(heard.count / 2 + converter.latency) - Double(fed) / speed) < 4)
                #expect(converter.latency < 4410)
            }
            converter.drain()
            heard += UnsafeBufferPointer(start: converter.samples, count: converter.count * 2)
            #expect(abs(Double(heard.count / 2) - Double(frames) / speed) < 100)
            let left = stride(from: 0, to: heard.count, by: 2).map { heard[$0] }
            let crossings = zip(left, left.dropFirst()).count { $0 < 0 && $1 >= 0 }
            let seconds = Double(left.count) / 44_100
            #expect(abs(Double(crossings) / seconds - 441) < 5)
        }
    }

    @Test func positionsAreThoseOfTheFile() {
        var marker = Marker(
            kind: .load,
            epoch: 0,
            serial: 0,
            request: 1,
            index: 0,
            position: 44_100,
            duration: 441_000,
            rate: 44_100
        )
        marker.speed = 2
        #expect(marker.microseconds(after: 44_100) == 3_000_000)
        marker.speed = 0.5
        #expect(marker.microseconds(after: 44_100) == 1_500_000)
        #expect(marker.microseconds(after: 44_100_000) == 10_000_000)
        let board = PositionBoard()
        board.post(
            PositionBoard.Note(
                request: 1,
                microseconds: 1_000_000,
                limitMicroseconds: 9_000_000,
                nanoseconds: 0,
                speed: 2,
                isLoaded: true,
                isRunning: true
            )
        )
        #expect(board.position(at: 1_000_000_000)?.positionMs == 3000)
    }
}
