import MusicBox
import MusicBoxAPI
import NFC

/// Binding tags.
extension Gateway {
    mutating func addAssociations() {
        command(EventName.startNFCLink, AssociationRequest.self) { [box] request in
            let session = try await box.startAssociation(playlistID: request.playlistID, timeout: request.timeout)
            return AssociationStatus(session, serverSeq: box.hub.currentSeq)
        }
        command(EventName.stopNFCLink, AssociationReference.self) { [box] reference in
            guard reference.assocID != nil || reference.playlistID != nil else {
                throw APIFailure(.validation, "assoc_id or playlist_id is missing")
            }
            let session = try await box.stopAssociation(id: reference.assocID, playlistID: reference.playlistID)
            return AssociationStatus(session, serverSeq: box.hub.currentSeq)
        }
        command(
            EventName.overrideNFCTag,
            BindRequest.self,
            draft: { request in TagID(request.tagID).map { .binding($0, to: request.playlistID) } ?? .init() }
        ) { [box] request in
            let tag = try TagID(checking: request.tagID)
            let previous = try await box.overrideTag(tag, to: request.playlistID, force: request.force ?? false)
            return Binding(tagID: tag.description, playlistID: request.playlistID, previousPlaylistID: previous)
        }
    }
}

extension TagID {
    /// - Throws: `validation_error` for a text that is no tag id.
    init(checking text: String) throws {
        guard let tag = TagID(text) else {
            throw APIFailure(.validation, "\"\(text)\" is not a tag id: it has 4, 7 or 10 bytes in hex")
        }
        self = tag
    }
}
