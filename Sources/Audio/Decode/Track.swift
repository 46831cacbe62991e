/// A request on its way through the decoder.
struct Track {
    var request: PlayRequest
    /// Of an address; its source is opened when enough of it has come.
    var stream: StreamReader?
    var toldTitle: String?
    /// Open as long as there is something to decode, and it is this track's turn.
    var source: AudioSource?
    /// In milliseconds; known once the file was opened.
    var durationMs: Int?
    /// Where its frames begin in the ring, and its first marker; nil until then.
    var boundary: (index: UInt64, serial: UInt32)?
    /// All of it was decoded.
    var isDecoded = false
    /// Why it was not decoded to its end; told when what there is of it was heard.
    var failure: AudioError?
    /// Its last frame was heard.
    var isHeardOut = false

    init(_ request: PlayRequest) {
        self.request = request
    }
}
