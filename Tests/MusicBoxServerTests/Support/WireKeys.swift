/// The keys of the models of the wire contract, section 7, written out from it.
enum WireKeys {
    static let player: Set<String> = [
        "is_playing", "state", "active_playlist_id", "active_playlist_title", "active_track_id", "active_track",
        "active_track_number", "active_track_title", "position_ms", "duration_ms", "track_index", "track_count",
        "can_prev", "can_next", "volume", "muted", "sleep", "speed", "server_seq",
    ]
    static let track: Set<String> = [
        "id", "number", "track_number", "title", "filename", "file_path", "duration_ms", "duration", "artist", "album",
        "file_hash", "file_size", "play_count", "created_at", "updated_at", "server_seq",
    ]
    static let playlistLite: Set<String> = [
        "id", "title", "description", "nfc_tag_id", "nfc_tag_ids", "track_count", "total_duration_ms", "created_at",
        "updated_at", "server_seq", "playlist_seq",
    ]
    static let playlist = playlistLite.union(["tracks"])
    static let uploadSession: Set<String> = [
        "session_id", "playlist_id", "filename", "file_size", "chunk_size", "total_chunks", "file_hash", "created_at",
        "expires_at", "status", "chunks_uploaded", "chunks_total", "missing_chunks", "progress_percent",
        "bytes_uploaded",
    ]
    static let success: Set<String> = ["status", "message", "timestamp", "data", "server_seq"]
    static let failure: Set<String> = ["status", "error_type", "message", "timestamp", "request_id"]
    static let envelope: Set<String> = ["event_type", "server_seq", "data", "timestamp", "event_id"]
}
