import MusicLibrary
import Testing

@testable import MusicBox

@Suite struct DownloadTests {
    @Test(arguments: [
        ("musicbox-title \"A \\\"title\\\"\\nof two lines\"", DownloadLine.title("A \"title\"\nof two lines")),
        ("musicbox-file \"/d/a b.mp3\"", .file("/d/a b.mp3")),
        ("musicbox-progress 1024 4096 NA 12", .progress(percent: 25, remainingSeconds: 12, bytes: 1_024)),
        ("musicbox-progress 1024 NA 2048.0 NA", .progress(percent: 50, remainingSeconds: nil, bytes: 1_024)),
        ("musicbox-progress 1024 NA NA NA", .progress(percent: nil, remainingSeconds: nil, bytes: 1_024)),
        ("musicbox-progress 5000 4096 NA 1.6", .progress(percent: 100, remainingSeconds: 1, bytes: 5_000)),
    ])
    func linesOfTheTemplatesAreUnderstood(_ line: String, _ meaning: DownloadLine) {
        #expect(DownloadLine(line) == meaning)
    }

    @Test(arguments: [
        "", "[download] 100%", "musicbox-title no json", "musicbox-title 5", "musicbox-progress",
        "musicbox-progress 1 2 3",
        "musicbox-progress NA 2 3 4", "musicbox-progress nan 2 3 4", "musicbox-progress 1e400 2 3 4",
        "musicbox-progress -1 2 3 4", "musicbox-file /d/a.mp3", "musicbox-progress inf inf inf inf",
    ])
    func otherLinesAreNothing(_ line: String) { #expect(DownloadLine(line) == nil) }

    @Test func absurdNumbersAreBounded() {
        #expect(
            DownloadLine("musicbox-progress 1 inf -5 1e300") == .progress(percent: nil, remainingSeconds: nil, bytes: 1)
        )
    }

    @Test func theAddressComesLastAndAlone() {
        let arguments = YtDlp.downloadArguments(url: "http://a/--exec", directory: "/d", maximumBytes: 1)
        #expect(arguments.suffix(2) == ["--", "http://a/--exec"])
        #expect(arguments.first == "--ignore-config")
        #expect(YtDlp.searchArguments(query: "--exec x", limit: 3).suffix(2) == ["--", "ytsearch3:--exec x"])
    }

    @Test func trafficKeepsToItsLimits() throws {
        let limits = Downloads.Configuration(
            program: YtDlp(program: "x"),
            maximumBytes: 1_000,
            maximumTime: .seconds(100),
            stallTime: .seconds(10),
            minimumFreeBytes: 0
        )
        let start = ContinuousClock.now
        func progress(_ bytes: Int) -> DownloadLine { .progress(percent: nil, remainingSeconds: nil, bytes: bytes) }
        var traffic = DownloadTraffic(at: start)
        try traffic.check(against: limits, at: start + .seconds(10))
        #expect(throws: DownloadFailure.self) { try traffic.check(against: limits, at: start + .seconds(11)) }
        traffic.heard(progress(5), at: start + .seconds(9))
        // The same again is no progress.
        traffic.heard(progress(5), at: start + .seconds(18))
        try traffic.check(against: limits, at: start + .seconds(19))
        #expect(throws: DownloadFailure.self) { try traffic.check(against: limits, at: start + .seconds(20)) }
        traffic.heard(.file("x"), at: start + .seconds(20))
        try traffic.check(against: limits, at: start + .seconds(99))
        #expect(throws: DownloadFailure.self) { try traffic.check(against: limits, at: start + .seconds(101)) }
        traffic.heard(progress(1_001), at: start + .seconds(21))
        #expect(throws: DownloadFailure.self) { try traffic.check(against: limits, at: start + .seconds(21)) }
        let told = [0, 499, 500].map { traffic.mayTell(at: start + .milliseconds($0)) }
        #expect(told == [true, false, true])
    }

    @Test func aTaskGoesThroughItsStates() {
        var task = DownloadTask(id: "i", url: "u", playlistID: nil, createdMs: 1)
        #expect(task.status == .pending)
        task.begin()
        task.note(.title("T"))
        task.note(.progress(percent: 40, remainingSeconds: 3, bytes: 4))
        #expect((task.status, task.title, task.progressPercent, task.remainingSeconds) == (.downloading, "T", 40, 3))
        task.note(.file("/x"))
        #expect((task.status, task.progressPercent, task.remainingSeconds) == (.processing, 100, nil))
        var failed = task
        failed.fail("why")
        #expect(failed.status.isFinal && failed.message == "why")
        task.complete(playlistID: "p", trackID: "t", title: "T")
        #expect(task.status == .completed && task.playlistID == "p")
    }
}
