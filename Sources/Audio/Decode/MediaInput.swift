import CFFmpeg

/// Where FFmpeg's bytes come from: a file (``FileInput``) or an address (``StreamReader``). FFmpeg never opens anything
/// by itself.
protocol MediaInput: AnyObject {
    var context: UnsafeMutablePointer<AVIOContext>? { get }
    /// Whether it begins like a WAV.
    var isWave: Bool { get }
    /// Whether FFmpeg counts bytes as the file system does.
    var isWhole: Bool { get }
    /// What the file calls its header was larger than a header may be.
    var isExhausted: Bool { get }
    /// The bytes come while it plays.
    var isStream: Bool { get }
    /// The header was read: what comes now is sound.
    func endHeader()
}
