import MusicBox
import MusicBoxAPI
import MusicLibrary

/// The present state of a room, in the form of events: what a client gets when it joins. To be read in the box's inbox,
/// where nothing changes meanwhile.
enum Picture {
    static func playlists(of box: isolated MusicBox) async throws -> [BoxEvent] {
        [.playlists(try await box.library.playlists()), .player(box.status())]
    }

    /// - Returns: nil when there is no such playlist.
    static func playlist(_ id: String, of box: isolated MusicBox) async throws -> MusicLibrary::Playlist? {
        try await box.library.playlist(id: id)
    }

    static func nfc(of box: isolated MusicBox) -> [BoxEvent] {
        box.liveAssociations().map { .association($0) }
    }

    /// The state of any room; empty for one that shows nothing (any more).
    static func room(_ name: String, of box: isolated MusicBox) async throws -> [BoxEvent] {
        switch name {
        case RoomName.playlists: try await playlists(of: box)
        case RoomName.nfc: nfc(of: box)
        default:
            if let id = RoomName.playlistID(of: name), let playlist = try await playlist(id, of: box) {
                [.playlist(playlist)]
            } else {
                []
            }
        }
    }
}
