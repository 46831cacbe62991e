import FoundationEssentials

/// One download, from the wish to the track. Pure; encoded as the record that survives a restart.
package struct DownloadTask: Sendable, Equatable, Codable {
    package enum Status: String, Sendable, Codable {
        case pending, downloading, processing, completed, error

        /// Whether nothing more comes of it.
        package var isFinal: Bool { self == .completed || self == .error }
    }

    package var id: String
    package var url: String
    /// The playlist that was chosen, or that was made; nil until then.
    package var playlistID: String?
    package var status = Status.pending
    /// 0...100.
    package var progressPercent = 0.0
    /// For people.
    package var currentStep = "waiting"
    package var remainingSeconds: Int?
    package var title: String?
    /// Why it failed, for people.
    package var message: String?
    package var trackID: String?
    /// Milliseconds since 1970.
    package var createdMs: Int
    /// How often the end of the box came between; nil is never.
    private var interruptions: Int?

    /// A download during which the box ends each time may be why it does.
    private static let maximumInterruptions = 3

    init(id: String, url: String, playlistID: String?, createdMs: Int) {
        self.id = id
        self.url = url
        self.playlistID = playlistID
        self.createdMs = createdMs
    }

    mutating func begin() {
        status = .downloading
        currentStep = "looking at the page"
    }

    /// The box has started again: the download waits for its turn, to go on where it was.
    mutating func resume() {
        interruptions = (interruptions ?? 0) + 1
        switch status {
        case .completed, .error: break
        case .processing:
            // Its track may be there: a second one would be worse than none.
            fail("the box was restarted while it was stored: look whether it is there, or start it again")
        case .pending, .downloading:
            if interruptions ?? 0 > Self.maximumInterruptions {
                fail("the box was restarted again and again meanwhile: start it again")
            } else {
                status = .pending
                remainingSeconds = nil
                currentStep = "waiting"
            }
        }
    }

    /// Takes in what the program said.
    mutating func note(_ line: DownloadLine) {
        switch line {
        case .title(let title):
            self.title = title
            currentStep = "downloading"
        case .progress(let percent, let seconds, _):
            if let percent { progressPercent = percent }
            remainingSeconds = seconds
            currentStep = "downloading"
        case .file: process()
        }
    }

    /// The bytes are there; the rest is done in the box.
    mutating func process() {
        status = .processing
        progressPercent = 100
        remainingSeconds = nil
        currentStep = "adding to the library"
    }

    mutating func complete(playlistID: String, trackID: String, title: String) {
        status = .completed
        currentStep = "done"
        self.playlistID = playlistID
        self.trackID = trackID
        self.title = title
    }

    mutating func fail(_ message: String) {
        status = .error
        remainingSeconds = nil
        currentStep = "failed"
        self.message = message
    }
}
