import Logging

/// Addresses: what is different when the bytes come over a line. The thread never waits for that line: it asks whether
/// there is enough to go on with, and looks again.
extension DecoderThread {
    /// Enough for the largest frames of what stations send.
    private static let frameBytes = 4 << 10

    func connect(_ request: PlayRequest) -> StreamReader {
        StreamReader(StreamInput(url: request.path, listener: link.decoderWakeup), interrupt: interrupt)
    }

    /// Whether what is fed can be decoded on. Opens a stream when its first bytes are there.
    func isFedEnough() throws(AudioError) -> Bool {
        guard let track = fed, let stream = track.stream else { return true }
        let status = stream.input.status
        if feeding == .current, let title = status.title, title != track.toldTitle {
            current?.toldTitle = title
            emit(.titled(request: track.request.id, title))
        }
        if status.bytes == 0, let failure = status.failure { throw failure }
        let isEnough = status.isReady || track.source != nil && !isBuffering && status.bytes >= Self.frameBytes
        guard isEnough else {
            // Told when it is heard: until then the ring has some seconds.
            if !isBuffering, track.source != nil, feeding == .current, ahead == 0 {
                isBuffering = true
                logger.info("a stream is waited for", metadata: ["request": "\(track.request.id)"])
                emit(.buffering(request: track.request.id, true))
            }
            return false
        }
        if isBuffering {
            isBuffering = false
            emit(.buffering(request: track.request.id, false))
        }
        if track.source == nil { try open(stream, of: track) }
        return true
    }

    private func open(_ stream: StreamReader, of track: Track) throws(AudioError) {
        stream.begin()
        let file = try MediaFile(path: track.request.path, input: stream, interrupt: interrupt)
        let source = try AudioSource(file: file, positionMs: track.request.positionMs)
        if feeding == .next {
            next?.source = source
            next?.durationMs = source.durationMs
        } else {
            current?.source = source
            current?.durationMs = source.durationMs
        }
    }

    /// As `restart(atMs:as:)` for a stream. A station has no other place to go to.
    func restartStream(_ track: Track, atMs ms: Int, as kind: Marker.Kind) {
        if let source = track.source, !source.file.isSeekable {
            if kind == .seek {
                let heard = link.board.position(at: 0)?.positionMs ?? 0
                emit(.seeked(request: track.request.id, positionMs: heard))
            } else {
                discard(playing: transport.isPlaying)
                opening = kind
                feeding = .current
            }
            return
        }
        // The line to an episode is made anew at that place.
        discard(playing: transport.isPlaying)
        current?.request.positionMs = ms
        current?.source = nil
        current?.stream = connect(track.request)
        current?.isDecoded = false
        opening = opening ?? kind
        feeding = .current
    }
}
