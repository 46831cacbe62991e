import MusicBox
import MusicBoxAPI

/// The payload of `youtube:complete`.
struct DownloadCompletion: Encodable {
    var taskID: String
    var playlistID: String
    var track: MusicBoxAPI::Track

    init(_ task: DownloadTask, track: MusicBoxAPI::Track) {
        taskID = task.id
        playlistID = task.playlistID ?? ""
        self.track = track
    }

    enum CodingKeys: String, CodingKey {
        case track
        case taskID = "task_id"
        case playlistID = "playlist_id"
    }
}

/// The payload of `youtube:error`.
struct DownloadError: Encodable {
    var taskID: String
    var message: String

    enum CodingKeys: String, CodingKey {
        case message
        case taskID = "task_id"
    }
}

extension StateWriter {
    /// News of a download, to everyone.
    func download(_ event: DownloadEvent, serverSeq: Int) throws -> WireEvent {
        switch event {
        case .progress(let task): return try plain(EventName.downloadProgress, Download(task), to: .everyone)
        case .completed(let task, let track):
            let completion = DownloadCompletion(task, track: .init(track, serverSeq: serverSeq))
            return try plain(EventName.downloadComplete, completion, to: .everyone)
        case .failed(let task):
            let failure = DownloadError(taskID: task.id, message: task.message ?? "it failed")
            return try plain(EventName.downloadError, failure, to: .everyone)
        }
    }
}
