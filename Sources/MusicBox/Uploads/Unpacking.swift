/// What may come out of an archive, and what did.
package struct UnpackLimits: Sendable, Equatable {
    /// In all, in bytes.
    package var totalBytes: Int
    /// Files that are kept.
    package var files: Int

    package init(totalBytes: Int, files: Int) {
        self.totalBytes = totalBytes
        self.files = files
    }
}

package struct UnpackedFile: Sendable, Equatable {
    /// The path that the archive gives it; for people and for the order, never used to open anything.
    package var name: String
    /// Where its bytes lie.
    package var path: String
    /// Bytes.
    package var size: Int

    package init(name: String, path: String, size: Int) {
        self.name = name
        self.path = path
        self.size = size
    }
}

/// Takes the files out of an archive whose names `isWanted`, into a directory, under names of its own choice. Blocking;
/// throws ``BoxError``.
package typealias Unpack =
    @Sendable (
        _ archive: String, _ directory: String, _ limits: UnpackLimits, _ isWanted: (String) -> Bool
    ) throws -> [UnpackedFile]
