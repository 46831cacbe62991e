import MusicBoxAPI
import MusicLibrary

/// The `data` of an answer, made from what the library's edit returned and nothing else. It is kept with the edit, and
/// replaced by the whole answer; clients see it only when the power went between the two.
struct OperationDraft: Sendable {
    private let make: @Sendable (_ edit: any Sendable, _ serverSeq: Int) -> (any Encodable)?

    /// - Parameter make: gets the edit's result and the present `server_seq`; nil where that is not what the route's edit
    ///   returns.
    init(_ make: @escaping @Sendable (_ edit: any Sendable, _ serverSeq: Int) -> (any Encodable)? = { _, _ in nil }) {
        self.make = make
    }

    /// A playlist, a track, or tracks, in the form in which most routes answer with them; an empty object for all else.
    func data(_ edit: any Sendable, _ serverSeq: Int) -> any Encodable {
        if let data = make(edit, serverSeq) { return data }
        return switch edit {
        case let playlist as MusicLibrary::Playlist: PlaylistReply(playlist, serverSeq: serverSeq)
        case let track as MusicLibrary::Track: TrackReply(track: .init(track, serverSeq: serverSeq))
        case let tracks as [MusicLibrary::Track] where !tracks.isEmpty:
            FinalizedUpload(tracks: tracks.map { .init($0, serverSeq: serverSeq) })
        default: Nothing()
        }
    }
}
