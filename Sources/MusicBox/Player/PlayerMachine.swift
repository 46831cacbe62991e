import MusicLibrary

/// The rules of the player, without effects: commands and the sound engine's reports go in, actions come out.
///
/// Every attempt to play a file gets a request id; a report that carries another id than the current or the prepared
/// request is stale and changes nothing. Positions are milliseconds.
package struct PlayerMachine: Sendable {
    package enum State: Sendable, Equatable {
        /// Nothing sounds; `atEnd` after the last track was heard. Can transition to: loading.
        case stopped(atEnd: Bool)
        /// The engine was told, no sample has been handed out yet. Can transition to: every other state.
        case loading
        /// Can transition to: every other state.
        case playing
        /// `byTag` when lifting the tag did it. Can transition to: loading, playing, stopped, failed.
        case paused(byTag: Bool)
        /// No track of the playlist could be played. Can transition to: loading.
        case failed
    }

    struct Attempt: Sendable, Equatable {
        var id: UInt64
        var index: Int
        var trackID: String
        var hasStarted = false
    }

    /// `previous` within this much of a track goes to the track before it.
    package static let previousThresholdMs = 3_000
    /// How far a seek may go in a track of unknown length: a week; more than any file, less than any overflow.
    package static let longestMs = 7 * 24 * 3_600_000
    /// Beyond these words cannot be made out.
    package static let speeds = 0.5...2.0

    package internal(set) var state: State = .stopped(atEnd: false)
    package internal(set) var queue: PlayerQueue?
    package internal(set) var volume: Int
    package internal(set) var muted: Bool
    /// 1 is as recorded; the pitch is kept.
    package internal(set) var speed = 1.0
    /// Names the file that could not be played; kept until somebody starts something else.
    package internal(set) var errorMessage: String?
    /// What the station that plays says it plays.
    package internal(set) var streamTitle: String?
    package internal(set) var sleep: SleepTimer?
    package let volumeRange: ClosedRange<Int>
    /// Nil where every file is played as it is.
    package let loudness: LoudnessTarget?

    let mediaDirectory: String
    var current: Attempt?
    var prepared: Attempt?
    /// What was prepared before and taken back: the engine may have begun it already, and then plays it.
    var retired: Attempt?
    /// The position while nothing moves, and where a seek will land until the engine says where it did.
    var restMs = 0
    var isSeeking = false
    /// Whether any track of the queue was heard since it was started.
    var somethingPlayed = false
    private var lastRequestID: UInt64 = 0

    /// - Parameters:
    ///   - minVolume: 0...100; quieter is not possible, but for muting. Never more than `maxVolume`.
    ///   - maxVolume: 0...100; louder is not possible.
    package init(
        mediaDirectory: String,
        volume: Int,
        muted: Bool,
        minVolume: Int = 0,
        maxVolume: Int,
        loudness: LoudnessTarget? = nil
    ) {
        self.mediaDirectory = mediaDirectory
        volumeRange = min(minVolume, maxVolume)...maxVolume
        self.loudness = loudness
        self.volume = volumeRange.clamp(volume)
        self.muted = muted
    }

    // MARK: - What the player shows

    /// Whether time passes: the listener hears something, or would if the output were there.
    package var isPlaying: Bool { state == .playing }

    /// The request that is heard and the track it is of; nil while nothing is heard, or another place is on its way.
    package var heardTrack: (request: UInt64, playlistID: String, trackID: String)? {
        guard state == .playing, !isSeeking, let current, let queue else { return nil }
        return (current.id, queue.id, queue.track.id)
    }

    /// The position to show, given what the engine says is `heard`.
    package func positionMs(heard: SoundPosition?) -> Int {
        guard state == .playing, !isSeeking, let heard, heard.request == current?.id else { return restMs }
        return heard.positionMs
    }

    /// Whether the engine already plays what follows and its report of that is still on its way: what is heard belongs to
    /// no track that is shown.
    package func isBehind(heard: SoundPosition?) -> Bool {
        guard state == .playing, let heard, let prepared else { return false }
        return heard.request == prepared.id
    }

    /// What the player does, seen from the playlist `id`: the column of the tag policy.
    package func situation(ofPlaylist id: String) -> TagPolicy.Situation {
        guard let queue, queue.id == id else { return .elsewhere }
        return switch state {
        case .loading, .playing: .playing
        case .paused(byTag: true): .interrupted
        case .paused(byTag: false): .paused
        case .stopped(atEnd: true): .ended
        case .stopped(atEnd: false): .stopped
        case .failed: .elsewhere
        }
    }

    // MARK: - Requests

    mutating func makeRequest(index: Int, positionMs: Int, in queue: PlayerQueue) -> (Attempt, PlayRequest) {
        lastRequestID += 1
        let track = queue.playlist.tracks[index]
        return (
            Attempt(id: lastRequestID, index: index, trackID: track.id),
            PlayRequest(
                id: lastRequestID,
                path: track.url ?? mediaDirectory + "/" + track.filePath,
                positionMs: positionMs,
                startMs: track.startMs,
                endMs: track.endMs,
                isStream: track.url != nil,
                gain: loudness?.gain(for: track, among: queue.playlist.tracks) ?? 0
            )
        )
    }

    /// Loads the track at `index`; whatever was prepared behind the old one is void.
    mutating func load(index: Int, positionMs: Int) -> [PlayerAction] {
        guard var queue else { return [] }
        queue.index = index
        self.queue = queue
        let (attempt, request) = makeRequest(index: index, positionMs: positionMs, in: queue)
        current = attempt
        streamTitle = nil
        prepared = nil
        retired = nil
        state = .loading
        restMs = positionMs
        isSeeking = false
        return [.load(request), .announceState]
    }

    /// Prepares the track at `index`, or takes back what was prepared when there is none.
    mutating func prepare(index: Int) -> [PlayerAction] {
        if let prepared { retired = prepared }
        guard let queue, queue.playlist.tracks.indices.contains(index), sleep?.end != .endOfTrack else {
            defer { prepared = nil }
            return prepared == nil ? [] : [.prepareNext(nil)]
        }
        let (attempt, request) = makeRequest(index: index, positionMs: 0, in: queue)
        prepared = attempt
        return [.prepareNext(request)]
    }

    /// The action that remembers where the listener is, if there is anything to remember.
    func remember(heard: SoundPosition?) -> [PlayerAction] {
        guard let queue else { return [] }
        switch state {
        case .playing, .paused, .loading:
            return [
                .saveResume(
                    playlistID: queue.id,
                    trackID: queue.track.id,
                    positionMs: positionMs(heard: heard)
                )
            ]
        case .stopped, .failed: return []
        }
    }
}

extension ClosedRange<Int> {
    func clamp(_ value: Int) -> Int { Swift.min(Swift.max(value, lowerBound), upperBound) }
}
