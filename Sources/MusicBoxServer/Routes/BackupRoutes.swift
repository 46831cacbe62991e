import HTTPTypes
import Hummingbird
import MusicBox
import MusicBoxAPI
import MusicLibrary
import NIOCore

/// `/api/system/backup` and `/api/system/restore`: the whole box as one tar archive, out and in.
struct BackupRoutes: Sendable {
    let api: API
    let jobs: BoxJobs

    func add(to group: RouteTable) {
        group.get("system/backup") { request, _ in
            guard request.method == .get else { return Response(status: .ok, headers: Self.headers) }
            let backup = try await jobs.backups.begin()
            return Response(
                status: .ok,
                headers: Self.headers,
                body: ResponseBody { writer in
                    var backup = backup
                    while let bytes = try await backup.next() { try await writer.write(ByteBuffer(bytes: bytes)) }
                    try await writer.finish(nil)
                }
            )
        }
        group.post("system/restore") { request, _ in
            // A type that no form of a foreign web page can send, so that none replaces the box behind people's backs.
            guard request.headers[.contentType]?.hasPrefix("application/x-tar") == true else {
                throw APIFailure(.validation, "the body must be a backup, of type application/x-tar")
            }
            let size = request.headers[.contentLength].flatMap { Int($0) }
            let restored = try await jobs.backups.restore(size: size, pieces: request.body.map { Array(buffer: $0) })
            let result = RestoreResult(
                playlists: restored.contents.playlists,
                tracks: restored.contents.tracks,
                files: restored.files
            )
            // The answer goes out first: the end waits for the requests that are under way.
            jobs.restart()
            return api.success(result, "backup received, the box starts again with it", status: .accepted)
        }
    }

    private static let headers: HTTPFields = [
        .contentType: "application/x-tar", .cacheControl: "no-store",
        .contentDisposition: "attachment; filename=\"musicbox-backup.tar\"",
    ]
}
