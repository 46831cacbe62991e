import MusicBoxAPI

extension MusicBoxClient {
    /// Binds a tag; with `force` also one that is bound elsewhere.
    func bind(tag: String, playlistID: String, force: Bool) async throws -> MusicBoxReply {
        do {
            return try await post(
                "/nfc/associate",
                ["playlist_id": .string(playlistID), "tag_id": .string(tag), "force": .bool(force)]
            )
        } catch var error as CtlError where error.refusal?.httpStatus == 409 && !force {
            error.remedy = "--force moves the tag"
            throw error
        }
    }
}
