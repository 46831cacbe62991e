/// A playlist of the demo music, as it lies on the disk.
struct DemoPlaylist: Sendable, Equatable {
    var title: String
    /// The absolute or relative path of its folder, with `cover.jpg` in it.
    var folder: String
    /// The UID of the tag that plays it, lower-case hex.
    var tag: String
    /// The paths of its tracks in order.
    var files: [String]
}
