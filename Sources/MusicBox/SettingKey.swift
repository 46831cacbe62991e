/// The settings that the box keeps in the library.
enum SettingKey {
    static let volume = "player.volume"
    static let muted = "player.muted"
    static let speed = "player.speed"
    /// The id of the playlist in the player.
    static let playlist = "player.playlist"
}
