import MusicBox
import MusicBoxAPI
import MusicLibrary

/// The present state in the form of events: what a client gets when it joins a room. Snapshots carry the newest number
/// and take none of their own.
enum Snapshot {
    static func playlistsRoom(of box: MusicBox) async throws -> [SequencedEvent] {
        [event(.playlists(try await box.library.playlists()), of: box), await player(of: box)]
    }

    static func player(of box: MusicBox) async -> SequencedEvent {
        event(.player(await box.status()), of: box)
    }

    private static func event(_ event: BoxEvent, of box: MusicBox) -> SequencedEvent {
        SequencedEvent(
            event: event,
            serverSeq: box.hub.currentSeq,
            timestampMs: box.time.wallMilliseconds,
            eventID: "snapshot-\(UInt64.random(in: .min ... .max))"
        )
    }
}
