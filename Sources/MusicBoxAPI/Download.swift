/// A download from the network (wire contract, sections 4 and 6): `data` of its routes, payload of `youtube:progress`.
///
/// `progress_percent` is 0...100, `estimated_time_remaining` seconds, `created_at` ISO 8601 UTC. `message` says why it
/// failed, `track_id` what it became.
package struct Download: Codable, Sendable, Equatable {
    package var taskID: String
    package var url: String
    package var status: String
    package var progressPercent: Double
    package var currentStep: String
    package var estimatedTimeRemaining: Int?
    package var title: String?
    package var playlistID: String?
    package var trackID: String?
    package var message: String?
    package var createdAt: String

    package init(
        taskID: String,
        url: String,
        status: String,
        progressPercent: Double,
        currentStep: String,
        estimatedTimeRemaining: Int?,
        title: String?,
        playlistID: String?,
        trackID: String?,
        message: String?,
        createdAt: String
    ) {
        self.taskID = taskID
        self.url = url
        self.status = status
        self.progressPercent = progressPercent
        self.currentStep = currentStep
        self.estimatedTimeRemaining = estimatedTimeRemaining
        self.title = title
        self.playlistID = playlistID
        self.trackID = trackID
        self.message = message
        self.createdAt = createdAt
    }

    package enum CodingKeys: String, CodingKey {
        case url, status, title, message
        case taskID = "task_id"
        case progressPercent = "progress_percent"
        case currentStep = "current_step"
        case estimatedTimeRemaining = "estimated_time_remaining"
        case playlistID = "playlist_id"
        case trackID = "track_id"
        case createdAt = "created_at"
    }

    /// Whether nothing more comes of it.
    package var isFinal: Bool { status == "completed" || status == "error" }
}

/// `data` of GET `/youtube/tasks`, the newest last.
package struct DownloadList: Codable, Sendable, Equatable {
    package var tasks: [Download]

    package init(tasks: [Download]) { self.tasks = tasks }
}
