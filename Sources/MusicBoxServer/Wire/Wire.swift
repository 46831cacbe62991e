import FoundationEssentials
import MusicBox
import MusicBoxAPI
import MusicLibrary

/// From the box's own models to those of the wire. `serverSeq` is the newest number at that moment.
extension MusicBoxAPI::Track {
    init(_ track: MusicLibrary::Track, serverSeq: Int) {
        self.init(
            id: track.id,
            number: track.number,
            title: track.title,
            filename: track.filename,
            filePath: track.filePath,
            durationMs: track.durationMs,
            artist: track.artist,
            album: track.album,
            fileHash: track.fileHash,
            fileSize: track.fileSize,
            playCount: track.playCount,
            createdAt: track.createdAt.formatted(.iso8601),
            updatedAt: track.updatedAt.formatted(.iso8601),
            serverSeq: serverSeq
        )
    }
}

extension MusicBoxAPI::Playlist {
    init(_ summary: PlaylistSummary, tracks: [MusicLibrary::Track]? = nil, serverSeq: Int) {
        self.init(
            id: summary.id,
            title: summary.title,
            description: summary.description,
            nfcTagIDs: summary.tags,
            trackCount: summary.trackCount,
            totalDurationMs: summary.totalDurationMs,
            createdAt: summary.createdAt.formatted(.iso8601),
            updatedAt: summary.updatedAt.formatted(.iso8601),
            serverSeq: serverSeq,
            playlistSeq: summary.playlistSeq,
            tracks: tracks?.map { .init($0, serverSeq: serverSeq) }
        )
    }

    init(_ playlist: MusicLibrary::Playlist, serverSeq: Int) {
        self.init(playlist.summary, tracks: playlist.tracks, serverSeq: serverSeq)
    }
}

extension PlayerState {
    init(_ player: PlayerSnapshot, serverSeq: Int) {
        self.init(
            state: Mode(player.state),
            activePlaylistID: player.playlist?.id,
            activePlaylistTitle: player.playlist?.title,
            activeTrack: player.track.map { .init($0, serverSeq: serverSeq) },
            activeTrackTitle: player.trackTitle,
            positionMs: player.positionMs,
            trackIndex: player.trackIndex,
            trackCount: player.trackCount,
            canPrevious: player.canPrevious,
            canNext: player.canNext,
            volume: player.volume,
            muted: player.muted,
            speed: player.speed,
            serverSeq: serverSeq,
            errorMessage: player.errorMessage,
            sleep: player.sleep.map { .init($0) }
        )
    }
}

extension PlayerState.Sleep {
    init(_ timer: SleepTimer) {
        let (until, endsAt): (Until, String?) =
            switch timer.end {
            case .at(_, let wallMs): (.time, Date(milliseconds: wallMs).formatted(.iso8601))
            case .endOfTrack: (.track, nil)
            case .endOfPlaylist: (.playlist, nil)
            }
        self.init(until: until, endsAt: endsAt, isFading: timer.isFading)
    }
}

extension PlayerState.Mode {
    init(_ state: PlayerMachine.State) {
        self =
            switch state {
            case .stopped: .stopped
            case .loading: .loading
            case .playing: .playing
            case .paused: .paused
            case .failed: .error
            }
    }
}

extension Health {
    init(_ report: HealthReport, timestampMs: Int) {
        var components: [String: Component] = [:]
        for part in HealthReport.Part.allCases {
            let finding = report[part]
            components[part.rawValue] = Component(status: Status(finding.condition), message: finding.message)
        }
        self.init(components: components, timestamp: timestampMs)
    }
}

extension Health.Status {
    init(_ condition: HealthReport.Condition) {
        self =
            switch condition {
            case .healthy: .healthy
            case .degraded: .degraded
            case .unhealthy: .unhealthy
            }
    }
}

extension MusicBoxAPI::UploadSession {
    init(_ session: MusicBox::UploadSession) {
        self.init(
            sessionID: session.id,
            playlistID: session.playlistID,
            filename: session.filename,
            fileSize: session.fileSize,
            chunkSize: session.chunkSize,
            fileHash: session.fileHash,
            createdAt: Date(milliseconds: session.createdMs).formatted(.iso8601),
            expiresAt: Date(milliseconds: session.expiresMs).formatted(.iso8601),
            status: Status(session.status),
            missingChunks: session.missing,
            bytesUploaded: session.bytesReceived
        )
    }
}

extension MusicBoxAPI::UploadSession.Status {
    init(_ status: MusicBox::UploadSession.Status) {
        self =
            switch status {
            case .pending: .pending
            case .uploading: .uploading
            case .completed: .completed
            case .failed: .error
            }
    }
}

extension Download {
    init(_ task: DownloadTask) {
        self.init(
            taskID: task.id,
            url: task.url,
            status: task.status.rawValue,
            progressPercent: (task.progressPercent * 10).rounded() / 10,
            currentStep: task.currentStep,
            estimatedTimeRemaining: task.remainingSeconds,
            title: task.title,
            playlistID: task.playlistID,
            trackID: task.trackID,
            message: task.message,
            createdAt: Date(milliseconds: task.createdMs).formatted(.iso8601)
        )
    }
}

extension SyncResult {
    init(_ report: SyncReport, serverSeq: Int) {
        self.init(
            playlistsCount: report.playlistsCount,
            tracksAdded: report.tracksAdded,
            tracksRemoved: report.tracksRemoved,
            tracksMoved: report.tracksMoved,
            tracksMissing: report.tracksMissing,
            unfinished: report.unfinished,
            skipped: report.skipped.map { Skipped(file: $0.file, reason: $0.reason) },
            notice: report.notice,
            serverSeq: serverSeq
        )
    }
}

extension Date {
    init(milliseconds: Int) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }
}
