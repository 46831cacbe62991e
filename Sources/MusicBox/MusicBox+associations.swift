import MusicLibrary
package import NFC

/// Association sessions: the wish of a phone to bind the next tag to a playlist.
extension MusicBox {
    package nonisolated func startAssociation(
        playlistID: String,
        timeout: Duration
    ) async throws -> AssociationSession {
        try await enqueue { box in
            guard let playlist = try await box.library.playlist(id: playlistID) else {
                throw BoxError.notFound("there is no playlist \(playlistID)")
            }
            let id = Identifier.random()
            let actions = try box.associations.start(
                id: id,
                playlistID: playlistID,
                title: playlist.title,
                timeout: timeout,
                now: box.time.now,
                wallMs: box.time.wallMilliseconds
            )
            return try await box.carryOut(actions, expecting: id)
        }
    }

    /// Ends a session, named by its id or by its playlist.
    package nonisolated func stopAssociation(id: String? = nil, playlistID: String? = nil) async throws
        -> AssociationSession
    {
        try await enqueue { box in
            let session = box.associations.live.first { session in
                id.map { $0 == session.id } ?? (playlistID == session.playlistID)
            }
            guard let session, let actions = box.associations.stop(session.id) else {
                throw BoxError.notFound("no association session \(id ?? "of playlist \(playlistID ?? "?")") is live")
            }
            return try await box.carryOut(actions, expecting: session.id)
        }
    }

    /// Moves a tag to a playlist on the word of a person, and ends the session of that playlist, if one is live.
    ///
    /// - Returns: the playlist that had the tag before.
    package nonisolated func overrideTag(_ tag: TagID, to playlistID: String, force: Bool) async throws -> String? {
        try await enqueue { box in
            try await box.bindNow(tag, to: playlistID, force: force, isOverride: true)
        }
    }

    /// The sessions that are live, in the order they were started.
    package func liveAssociations() -> [AssociationSession] { associations.live }

    /// Binds, tells everybody, and lets the sessions know.
    func bindNow(_ tag: TagID, to playlistID: String, force: Bool, isOverride: Bool) async throws -> String? {
        let previous = try await library.bind(tag: tag.description, to: playlistID, force: force)
        if previous != playlistID {
            if let previous { await changed(previous) }
            await changed(playlistID)
        }
        await carryOut(associations.boundElsewhere(tag, to: playlistID, isOverride: isOverride))
        return previous
    }

    func carryOut(_ actions: [AssociationMachine.Action]) async {
        for action in actions {
            switch action {
            case .announce(let session): await publish(.association(session))
            case .bind(let tag, let session, let playlistID):
                do {
                    _ = try await library.bind(tag: tag.description, to: playlistID)
                    await changed(playlistID)
                    await carryOut(associations.bound(tag, session: session))
                } catch {
                    let message = (error as? LibraryError)?.message ?? "The tag could not be bound"
                    await carryOut(associations.failed(session, tag: tag, message: message))
                }
            }
        }
    }

    private func carryOut(_ actions: [AssociationMachine.Action], expecting id: String) async throws
        -> AssociationSession
    {
        await carryOut(actions)
        for case .announce(let session) in actions where session.id == id { return session }
        throw BoxError.notFound("no association session \(id) is live")
    }
}
