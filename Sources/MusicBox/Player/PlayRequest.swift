/// One attempt to play one file: the player's order to the sound engine.
package struct PlayRequest: Sendable, Equatable {
    /// The request id: strictly increasing. Reports of the sound engine carry it, and those of an older attempt are
    /// dropped by it.
    package let id: UInt64
    /// The absolute path of the file.
    package let path: String
    package let positionMs: Int

    package init(id: UInt64, path: String, positionMs: Int) {
        self.id = id
        self.path = path
        self.positionMs = positionMs
    }
}
