/// What comes in of a download, and when: for limits, and for not telling too often. Pure.
struct DownloadTraffic: Sendable {
    private let began: ContinuousClock.Instant
    private var lastHeard: ContinuousClock.Instant
    private var lastTold: ContinuousClock.Instant?
    private var bytes = 0
    /// The path of what was downloaded, once it is whole.
    private(set) var file: String?

    init(at now: ContinuousClock.Instant) {
        began = now
        lastHeard = now
    }

    mutating func heard(_ line: DownloadLine, at now: ContinuousClock.Instant) {
        switch line {
        case .progress(_, _, let count):
            // A program that repeats the same number does not get on.
            if count != bytes { lastHeard = now }
            bytes = count
        case .title: lastHeard = now
        case .file(let path):
            lastHeard = now
            file = path
        }
    }

    mutating func mayTell(at now: ContinuousClock.Instant) -> Bool {
        if let lastTold, now - lastTold < Downloads.progressInterval { return false }
        lastTold = now
        return true
    }

    func check(against limits: Downloads.Configuration, at now: ContinuousClock.Instant) throws(DownloadFailure) {
        if bytes > limits.maximumBytes {
            throw DownloadFailure(message: "it is larger than \(limits.maximumBytes >> 20) MB")
        }
        if now - began > limits.maximumTime {
            throw DownloadFailure(message: "it took longer than \(limits.maximumTime.components.seconds / 60) minutes")
        }
        if file == nil, now - lastHeard > limits.stallTime {
            throw DownloadFailure(message: "nothing came for \(limits.stallTime.components.seconds) seconds")
        }
    }
}
