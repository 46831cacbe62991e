import NIOCore
import Testing

@testable import MusicBoxServer

@Suite struct ReplayLogTests {
    private func event(_ seq: Int, _ room: String = "playlists", playlistSeq: Int? = nil) -> WireEvent {
        WireEvent(
            name: "e",
            audience: .rooms([room]),
            json: ByteBuffer(string: "0123456789"),
            replaySeq: seq,
            playlist: playlistSeq.map { .init(id: "p", seq: $0) }
        )
    }

    private func log(_ events: WireEvent..., floor: Int = 10, limit: Int = 100, bytes: Int = 10_000) -> ReplayLog {
        var log = ReplayLog(floor: floor, limitEvents: limit, limitBytes: bytes)
        for event in events { log.append(event) }
        return log
    }

    private func missed(_ log: ReplayLog, _ gaps: [String: ReplayLog.Gap]) -> [Int] {
        log.missed(gaps) { _ in false }.compactMap(\.replaySeq)
    }

    @Test func aPromiseOfAThousand() {
        #expect(ReplayLog.limitEvents >= 1_000)
    }

    @Test(
        "how far back it reaches",
        arguments: [(9, false), (10, true), (11, true), (12, true), (13, false), (-1, false), (Int.max, false)]
    )
    func reach(seen: Int, reaches: Bool) {
        let log = log(event(11), event(12))
        let gap = ReplayLog.Gap.serverSeq(above: seen, upTo: 12)
        #expect(log.reaches(gap, in: "playlists", current: 12, playlistSeq: nil) == reaches)
    }

    @Test func onlyWhatWasMissedInItsRooms() {
        let log = log(event(11), event(12, "nfc"), event(13), event(14), event(15, "nfc"))
        #expect(missed(log, ["playlists": .serverSeq(above: 11, upTo: 15)]) == [13, 14])
        #expect(missed(log, ["playlists": .serverSeq(above: 11, upTo: 13)]) == [13], "the rest is heard")
        #expect(missed(log, ["nfc": .serverSeq(above: 10, upTo: 15)]) == [12, 15])
        let both: [String: ReplayLog.Gap] = [
            "nfc": .serverSeq(above: 13, upTo: 15), "playlists": .serverSeq(above: 10, upTo: 13),
        ]
        #expect(missed(log, both) == [11, 13, 15], "in order over all rooms")
        #expect(missed(log, [:]) == [])
        #expect(log.missed(["nfc": .serverSeq(above: 10, upTo: 15)]) { $0.replaySeq == 12 }.count == 1)
    }

    @Test func volatileEventsAreNotKept() {
        var position = event(11)
        position.replaySeq = nil
        #expect(missed(log(position), ["playlists": .serverSeq(above: 10, upTo: 99)]) == [])
    }

    @Test func theOldestGoFirst() {
        let log = log(event(11), event(12), event(13), limit: 2)
        #expect(log.floor == 11)
        #expect(missed(log, ["playlists": .serverSeq(above: 11, upTo: 13)]) == [12, 13])
    }

    @Test func bytesAreBoundedToo() {
        let log = log(event(11), event(12), event(13), bytes: 20)
        #expect(log.floor == 11)
        #expect(!log.reaches(.serverSeq(above: 10, upTo: 13), in: "playlists", current: 13, playlistSeq: nil))
    }

    @Test func anEventLargerThanTheLogEmptiesIt() {
        let log = log(event(11), event(12), bytes: 5)
        #expect(log.floor == 12)
        #expect(missed(log, ["playlists": .serverSeq(above: 12, upTo: 12)]) == [])
    }

    @Test(
        "by the numbers of a playlist",
        arguments: [(7, 7, true), (6, 7, true), (4, 7, true), (3, 7, false), (8, 7, false), (5, nil, false)]
    )
    func playlistReach(seen: Int, now: Int?, reaches: Bool) {
        let log = log(
            event(11, "playlist:p", playlistSeq: 5),
            event(12, "playlist:p", playlistSeq: 6),
            event(13, "playlist:p", playlistSeq: 7)
        )
        let gap = ReplayLog.Gap.playlistSeq(above: seen, upTo: 13)
        #expect(log.reaches(gap, in: "playlist:p", current: 13, playlistSeq: now) == reaches)
        if reaches { #expect(missed(log, ["playlist:p": gap]).count == 7 - seen) }
    }

    @Test func aPlaylistOfWhichNothingIsKept() {
        let log = log(event(11))
        func reaches(_ seen: Int) -> Bool {
            log.reaches(.playlistSeq(above: seen, upTo: 11), in: "playlist:p", current: 11, playlistSeq: 3)
        }
        #expect(reaches(3))
        #expect(!reaches(2))
    }

    @Test func afterALossNothingReachesUntilItIsFilled() {
        var log = log(event(11), event(12))
        log.clear(floor: .max)
        for seen in [10, 11, 12] {
            #expect(!log.reaches(.serverSeq(above: seen, upTo: 12), in: "playlists", current: 12, playlistSeq: nil))
        }
        log.clear(floor: 14)
        log.append(event(15))
        #expect(missed(log, ["playlists": .serverSeq(above: 14, upTo: 15)]) == [15])
    }
}
