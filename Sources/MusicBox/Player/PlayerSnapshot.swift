package import MusicLibrary

/// The whole state of the player at one moment, for listeners and routes.
package struct PlayerSnapshot: Sendable, Equatable {
    package var state: PlayerMachine.State
    package var playlist: PlaylistSummary?
    package var track: Track?
    /// The track's own, or what a station says it plays now.
    package var trackTitle: String?
    /// Counted from 0.
    package var trackIndex: Int?
    package var trackCount: Int
    package var positionMs: Int
    package var canPrevious: Bool
    package var canNext: Bool
    package var volume: Int
    package var muted: Bool
    package var speed: Double
    package var errorMessage: String?
    package var sleep: SleepTimer?
}

extension PlayerMachine {
    package func snapshot(heard: SoundPosition?) -> PlayerSnapshot {
        PlayerSnapshot(
            state: state,
            playlist: queue?.playlist.summary,
            track: queue?.track,
            trackTitle: (current == nil ? nil : streamTitle) ?? queue?.track.title,
            trackIndex: queue?.index,
            trackCount: queue?.count ?? 0,
            positionMs: positionMs(heard: heard),
            canPrevious: queue?.hasPrevious ?? false,
            canNext: queue?.hasNext ?? false,
            volume: volume,
            muted: muted,
            speed: speed,
            errorMessage: errorMessage,
            sleep: sleep
        )
    }
}
