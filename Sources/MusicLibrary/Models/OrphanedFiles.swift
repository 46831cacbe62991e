/// Files that no track refers to any more after a removal. The library deletes no file itself: whoever plays may still
/// have one of them open, and knows when that ends.
package struct OrphanedFiles: Sendable, Equatable {
    /// Relative to `media/`.
    package var media: [String]
    /// Relative to `covers/`.
    package var covers: [String]

    package init(media: [String] = [], covers: [String] = []) {
        self.media = media
        self.covers = covers
    }

    package var isEmpty: Bool { media.isEmpty && covers.isEmpty }
}
