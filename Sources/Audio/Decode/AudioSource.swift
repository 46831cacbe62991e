import CFFmpeg
import Glibc

/// Decodes one file, frame by frame, from any sample on. Owner of the codec context, a packet and a frame.
///
/// It may be given a part of the file, and then is as a file of that part's sound. Samples are counted at the file's own
/// rate from the first one that is heard: the delay and the padding that encoders
/// add are cut off (LAME's and iTunes' tags, edit lists, Opus pre-skip).
final class AudioSource {
    enum Step: Equatable {
        /// `frame` holds samples `offset..<count`; the first of these is number `position` of the part.
        case samples
        case end
    }

    let file: MediaFile
    private let codec: UnsafeMutablePointer<AVCodecContext>
    private let packet: UnsafeMutablePointer<AVPacket>
    let frame: UnsafeMutablePointer<AVFrame>
    /// First sample of `frame` that counts.
    private(set) var offset = 0
    /// End of the samples of `frame` that count.
    private(set) var count = 0
    /// Of the first frame; frames may change it later.
    private(set) var rate = 0
    /// In samples at `rate`; nil if the file does not tell.
    private(set) var duration: Int64?
    /// Damaged packets that were passed over.
    private(set) var errors = 0

    /// Samples of the file before this one belong to no one here: the part that is played begins with it.
    private var base: Int64 = 0
    /// End of the part, as a sample of the file; nil: with the file.
    private var limit: Int64?
    /// Number, in the file, of the sample at `offset`.
    private var place: Int64 = 0
    /// End of the samples of `frame`, whatever part they belong to.
    private var frameCount = 0
    /// Samples of the first frame.
    private var firstFrame: Int64 = 0
    private var isDraining = false
    /// Presentation time of sample 0, in the stream's time base.
    private var origin: Int64 = 0
    /// Samples of the file before this number are dropped.
    private var target: Int64 = 0
    /// The next frame tells by its time where a seek has led.
    private var mustLocate = false
    /// For an MP3, once its first packet was read.
    private var index: MP3Index?
    /// Duration of the packet sent last, in the stream's time base.
    private var packetDuration: Int64 = 0

    /// A file that brings this many damaged packets in a row has no more to give.
    private static let maximumErrorsInARow = 500
    /// Decoders need some frames to fill their overlaps and MP3 its bit reservoir before what they say is right.
    private static let preRollMs: Int64 = 300

    /// Opens the file, decodes its first frame and goes to a place of the part.
    convenience init(
        path: String,
        part: PlayRequest.Part? = nil,
        positionMs: Int = 0,
        interrupt: Interrupt
    ) throws(AudioError) {
        let file = try MediaFile(path: path, interrupt: interrupt)
        try self.init(file: file, part: part, positionMs: positionMs)
    }

    init(file: MediaFile, part: PlayRequest.Part? = nil, positionMs: Int = 0) throws(AudioError) {
        self.file = file
        let path = file.path
        file.dropTags()
        let parameters = file.stream.pointee.codecpar
        guard let parameters, let decoder = avcodec_find_decoder(parameters.pointee.codec_id) else {
            throw AudioError(
                code: .unsupported,
                message: "cannot play \(quoted(path)): there is no decoder for \(file.codec)"
            )
        }
        guard let codec = avcodec_alloc_context3(decoder), let packet = av_packet_alloc(), let frame = av_frame_alloc()
        else { throw AudioError(code: .unsupported, message: "cannot play \(quoted(path)): no memory") }
        self.codec = codec
        self.packet = packet
        self.frame = frame
        avcodec_parameters_to_context(codec, parameters)
        codec.pointee.pkt_timebase = file.stream.pointee.time_base
        // One thread: frame threading buys nothing for sound and delays the first sample.
        codec.pointee.thread_count = 1
        let opened = avcodec_open2(codec, decoder, nil)
        guard opened >= 0 else {
            throw AudioError(
                code: .unsupported,
                message: "cannot play \(quoted(path)): \(file.codec) cannot be decoded (\(FFmpegLibrary.text(opened)))"
            )
        }
        guard try decodeFrame() else {
            throw AudioError(code: .notAudio, message: "cannot play \(quoted(path)): there is no sound in it")
        }
        rate = Int(frame.pointee.sample_rate)
        firstFrame = Int64(frameCount)
        if let start = file.start {
            origin = start
            locate()
        } else if frame.pointee.best_effort_timestamp != cffmpeg_no_pts {
            origin = frame.pointee.best_effort_timestamp
        }
        select(part)
        guard file.isSeekable else { return }
        // What an edit list leaves out in front may be long.
        let isFar = place < -2 * preRoll
        if base > 0 || positionMs > 0 || isFar { try seek(to: sample(atMs: positionMs)) }
    }

    /// The number of the sample at a time of the part, or of its end.
    func sample(atMs ms: Int) -> Int64 {
        let wanted = Int64(max(0, ms)) * Int64(rate) / 1000
        return duration.map { min(wanted, $0) } ?? wanted
    }

    var durationMs: Int? { duration.map { Int($0 * 1000 / Int64(rate)) } }

    /// Number, in the part, of the sample at `offset`.
    var position: Int64 { place - base }

    private var preRoll: Int64 { Self.preRollMs * Int64(rate) / 1000 }

    /// Whether sample 0 lies in the middle of the file.
    var isPart: Bool { base > 0 }

    private func select(_ part: PlayRequest.Part?) {
        base = Int64(part?.startMs ?? 0) * Int64(rate) / 1000
        let end = file.duration(rate: rate)
        limit = part?.endMs.map { max(base, Int64($0) * Int64(rate) / 1000) }
        if let exact = file.exactDuration(rate: rate) { limit = min(limit ?? exact, exact) }
        duration = limit.map { limit in end.map { min(limit, $0) } ?? limit } ?? end
        duration = duration.map { max(0, $0 - base) }
    }

    /// Takes up the part of the same file that begins where the last one ended. Not even a codec notices the seam.
    func goOn(with part: PlayRequest.Part?) {
        select(part)
        target = base
        errors = 0
    }

    /// Takes up another part of the same file.
    func turn(to part: PlayRequest.Part?, positionMs: Int) throws(AudioError) {
        select(part)
        errors = 0
        try seek(to: sample(atMs: positionMs))
    }

    deinit {
        var codec: UnsafeMutablePointer<AVCodecContext>? = codec
        avcodec_free_context(&codec)
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
        var frame: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&frame)
    }

    /// The samples at `offset`, as far as they count, were used.
    func consume(_ samples: Int) {
        offset += samples
        place += Int64(samples)
    }

    /// Makes samples available; those of the last step must have been consumed.
    func advance() throws(AudioError) -> Step {
        while true {
            if !mustLocate, let limit, place >= limit { return .end }
            if offset >= frameCount {
                guard try decodeFrame() else { return .end }
                if mustLocate { locate() }
            }
            if place < target {
                consume(Int(min(Int64(frameCount - offset), target - place)))
                continue
            }
            count = frameCount
            if let limit { count = Int(min(Int64(count), Int64(offset) + max(0, limit - place))) }
            if offset < count { return .samples }
        }
    }

    /// Goes to a sample of the part: exactly where the container allows it, else close behind. The next step tells by
    /// `position`.
    func seek(to number: Int64) throws(AudioError) {
        let sample = base + max(0, number)
        target = sample
        if sample >= place, sample - place < preRoll * 2, !isDraining, !mustLocate {
            return
        }
        let early = sample - preRoll
        // Before the first sample that is heard there may be what its decoding needs.
        let earliest = file.start == nil ? 0 : Int64.min
        let timestamp = cffmpeg_timestamp(max(earliest, early), Int32(rate), file.stream.pointee.time_base) + origin
        addIndexEntries(around: timestamp)
        let code = file.seek(to: timestamp)
        guard code >= 0 else {
            throw file.isInterrupted ? MediaFile.error(file.path, cffmpeg_error_exit) : MediaFile.error(file.path, code)
        }
        avcodec_flush_buffers(codec)
        isDraining = false
        offset = 0
        count = 0
        frameCount = 0
        mustLocate = true
    }

    /// Tells FFmpeg where the frame of an MP3 lies that it would otherwise look for by reading all before it. A second
    /// entry behind the first keeps it from reading on from there to complete its index.
    private func addIndexEntries(around timestamp: Int64) {
        guard let index, packetDuration > 0,
            let (place, next) = index.find(Int(max(0, timestamp) / packetDuration))
        else { return }
        for entry in [place, next] {
            av_add_index_entry(
                file.stream,
                Int64(entry.offset),
                Int64(entry.number) * packetDuration,
                0,
                0,
                AVINDEX_KEYFRAME
            )
        }
    }

    /// Makes later seeks quick where that needs a look at the whole file (``MP3Index/survey()``).
    func survey() { index?.survey() }

    /// Remembers where the packets of an MP3 lie.
    private func noteIndex() {
        guard file.isMP3, file.isWhole, packetDuration > 0, packet.pointee.pos >= 0 else { return }
        let time = packet.pointee.pts
        guard time != cffmpeg_no_pts else { return }
        if index == nil, time == 0 {
            index = MP3Index(path: file.path, start: Int(packet.pointee.pos)) { [file] in file.isInterrupted }
        }
        let number = Int(time / packetDuration)
        if MP3Index.isWorthNoting(number) {
            index?.note(MP3Index.Place(number: number, offset: Int(packet.pointee.pos)))
        }
    }

    private func locate() {
        mustLocate = false
        let time = frame.pointee.best_effort_timestamp
        guard time != cffmpeg_no_pts else { return }
        place = onGrid(cffmpeg_samples(time - origin, file.stream.pointee.time_base, Int32(rate)))
    }

    /// Matroska tells times in milliseconds only. Where all frames are of one length, that is enough to know which of them
    /// it is, and so its first sample.
    private func onGrid(_ sample: Int64) -> Int64 {
        let length = Int64(frame.pointee.nb_samples)
        let tolerance = Int64(rate) / 1000 + 1
        guard file.start == nil, file.stream.pointee.time_base.den < Int32(rate),
            codec.pointee.codec_id != AV_CODEC_ID_VORBIS,
            length > 4 * tolerance, sample > 0
        else { return sample }
        // The first frame may have been cut by the encoder's delay.
        let steps = (sample - firstFrame + length / 2) / length
        let exact = firstFrame + steps * length
        return abs(exact - sample) <= tolerance ? exact : sample
    }

    // MARK: FFmpeg's turns

    /// Decodes the next frame; false at the end.
    private func decodeFrame() throws(AudioError) -> Bool {
        var failures = 0
        while true {
            let code = avcodec_receive_frame(codec, frame)
            if code >= 0 {
                guard frame.pointee.nb_samples > 0 else { continue }
                try check()
                offset = 0
                frameCount = trimmedCount()
                if frameCount > 0 { return true }
                continue
            }
            if code == cffmpeg_error_eof { return false }
            if code != cffmpeg_error_again {
                failures += 1
                if try isHopeless(failures) { return false }
            }
            if try !sendPacket(&failures) { return false }
        }
    }

    /// Feeds the decoder; false when there is nothing more to feed it with.
    private func sendPacket(_ failures: inout Int) throws(AudioError) -> Bool {
        guard !isDraining else { return false }
        while true {
            let read = file.read(packet)
            if read >= 0 {
                defer { av_packet_unref(packet) }
                guard packet.pointee.stream_index == file.stream.pointee.index else { continue }
                packetDuration = packet.pointee.duration
                noteIndex()
                let sent = avcodec_send_packet(codec, packet)
                if sent < 0, sent != cffmpeg_error_again {
                    failures += 1
                    if try isHopeless(failures) { return false }
                    continue
                }
                return true
            }
            if read == cffmpeg_error_eof {
                isDraining = true
                _ = avcodec_send_packet(codec, nil)
                return true
            }
            if read == cffmpeg_error_exit || file.isInterrupted { throw MediaFile.error(file.path, cffmpeg_error_exit) }
            if read == -EIO || read == -ENXIO || read == -ENODEV { throw MediaFile.error(file.path, read) }
            failures += 1
            if try isHopeless(failures) { return false }
        }
    }

    /// Counts a damaged packet, and gives up when nothing else comes: a file that was heard so far ends here, another
    /// one is none.
    private func isHopeless(_ failures: Int) throws(AudioError) -> Bool {
        errors += 1
        guard failures > Self.maximumErrorsInARow else { return false }
        if rate > 0 { return true }
        throw AudioError(
            code: .notAudio,
            message:
                "cannot play \(quoted(file.path)): it is damaged (\(FFmpegLibrary.text(cffmpeg_error_invalid_data)))"
        )
    }

    private func check() throws(AudioError) {
        let rate = frame.pointee.sample_rate
        let channels = frame.pointee.ch_layout.nb_channels
        guard (2000...768_000).contains(rate), (1...64).contains(channels) else {
            throw AudioError(
                code: .unsupported,
                message: "cannot play \(quoted(file.path)): \(rate) Hz with \(channels) channels is not playable"
            )
        }
    }

    /// An MP4's last packet says by its duration how much of its frame is meant to be heard; decoders do not look.
    private func trimmedCount() -> Int {
        let samples = Int(frame.pointee.nb_samples)
        guard file.isQuickTime, packetDuration > 0 else { return samples }
        let meant = cffmpeg_samples(packetDuration, file.stream.pointee.time_base, frame.pointee.sample_rate)
        return min(samples, max(0, Int(meant)))
    }
}
