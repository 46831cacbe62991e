package import NFC

/// What the box knows about itself.
extension MusicBox {
    package struct Diagnostics: Sendable {
        package var health: HealthReport
        package var reader: ReaderState
        package var presentTag: TagID?
        package var lastTag: TagID?
        package var lastTagPlaylistID: String?
        package var taps: [LatencyLog.Tap]
    }

    package func diagnostics() -> Diagnostics {
        Diagnostics(
            health: health,
            reader: readerState,
            presentTag: tracker.present,
            lastTag: lastTag?.tag,
            lastTagPlaylistID: lastTag?.playlistID,
            taps: latencies.taps
        )
    }

    /// For those who watch a part of the box from outside it: disk space, the state of the library.
    package nonisolated func report(_ part: HealthReport.Part, _ finding: HealthReport.Finding) async {
        try? await enqueue { $0.setHealth(part, finding) }
    }
}
