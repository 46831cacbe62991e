import Testing

@testable import musicboxd

@Suite struct ClientActivityTests {
    @Test func whatComesInABurstCountsOnceItIsOver() async {
        let activity = ClientActivity()
        var pauses = 0
        var quiet: [Int] = []
        activity.note()
        await activity.whenQuiet(
            pause: {
                pauses += 1
                // Clients go on asking during the first two pauses, and begin again after the third.
                if pauses < 3 { activity.note() }
                if pauses == 4 { throw CancellationError() }
            },
            {
                quiet.append(pauses)
                activity.note()
            }
        )
        #expect(quiet == [3])
        #expect(pauses == 4)
    }
}
