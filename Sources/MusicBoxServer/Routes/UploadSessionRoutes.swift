import HTTPTypes
import Hummingbird
import MusicBox
import MusicBoxAPI

/// `/api/uploads`: all sessions, whatever their playlist.
struct UploadSessionRoutes: Sendable {
    let api: API
    let uploads: UploadStore

    func add(to group: RouteTable) {
        group.get("sessions") { _, _ in
            let sessions = await uploads.sessions().map { MusicBoxAPI::UploadSession($0) }
            return api.success(UploadSessionList(sessions: sessions), "upload sessions")
        }
        group.delete("sessions/:sid") { request, context in
            let id = try context.parameter("sid")
            return try await api.perform(try await request.clientOpID(), "upload cancelled", status: .noContent) {
                try await uploads.cancel(id)
                return Nothing()
            }
        }
        group.post("cleanup") { request, _ in
            let hours = try request.query("max_age_hours", in: 0...100_000, default: 24)
            return try await api.perform(try await request.clientOpID(), "uploads cleaned up") {
                UploadCleaning(try await uploads.cleanUp(olderThanMs: hours * 3_600_000))
            }
        }
    }
}

/// `data` of GET `/uploads/sessions`, the oldest first.
struct UploadSessionList: Encodable {
    var sessions: [MusicBoxAPI::UploadSession]
}

/// `data` of the reply to a cleanup; bytes.
struct UploadCleaning: Encodable {
    var cleanedFiles: Int
    var freedBytes: Int
    var cleanedSessions: Int

    init(_ cleaning: UploadStore.Cleaning) {
        cleanedFiles = cleaning.files
        freedBytes = cleaning.bytes
        cleanedSessions = cleaning.sessions
    }

    enum CodingKeys: String, CodingKey {
        case cleanedFiles = "cleaned_files"
        case freedBytes = "freed_bytes"
        case cleanedSessions = "cleaned_sessions"
    }
}
