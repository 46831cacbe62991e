import CFFmpeg
import Glibc

/// An opened file: owner of the format context, and where its sound is. Not Sendable: it lives on the thread that
/// opened it.
final class MediaFile {
    let path: String
    let format: UnsafeMutablePointer<AVFormatContext>
    let stream: UnsafeMutablePointer<AVStream>
    private let interrupt: Interrupt
    private let input: MediaInput
    /// Of an MP4 that FFmpeg sees without samples.
    private var samples: MP4Samples?

    /// Demuxers that may open a file: containers of sound. Playlist formats are not among them, for they would make
    /// FFmpeg open other files, or the network.
    static let demuxers = """
        mp3,flac,wav,w64,aiff,ogg,mov,mp4,m4a,3gp,3g2,mj2,aac,ac3,eac3,dts,matroska,webm,caf,ape,wv,tta,mpc,mpc8,asf,\
        avi,mpeg,mpegts,flv,amr,au,mp2,loas,oma,tak,shn,dsf
        """

    /// Bytes of a WAV that FFmpeg takes at once: its own 4 KiB cost more than what is done with them.
    private static let wavePacket = 16 << 10

    /// - Parameter readsChapters: whether its chapters are wanted. Each title of an MP4's is a place of its own in the file.
    convenience init(path: String, interrupt: Interrupt, readsChapters: Bool = false) throws(AudioError) {
        let input = try FileInput(path: path, interrupt: interrupt)
        try self.init(path: path, input: input, interrupt: interrupt, readsChapters: readsChapters)
    }

    /// - Parameter path: names it, in messages and by its extension; nothing is opened by it.
    init(
        path: String,
        input: MediaInput,
        interrupt: Interrupt,
        readsChapters: Bool = false
    ) throws(AudioError) {
        _ = FFmpegLibrary.install
        cffmpeg_clear_message()
        self.path = path
        self.interrupt = interrupt
        self.input = input

        guard let allocated = avformat_alloc_context(), let reading = input.context else {
            throw AudioError(code: .fileUnreadable, message: "cannot play \(quoted(path)): no memory")
        }
        allocated.pointee.interrupt_callback = interrupt.callback
        allocated.pointee.pb = reading
        // A WAV may hide DTS, which as PCM would be noise at full level, so FFmpeg reads 32 packets of 4 KiB before it
        // believes in PCM. A quarter of that holds eight frames of DTS, and costs 1 ms instead of 7.
        if input.isWave { allocated.pointee.max_probe_packets = Int32(32_768 / Self.wavePacket) }
        if input.isStream {
            // Every byte has to come over the line first.
            allocated.pointee.format_probesize = 16 << 10
            allocated.pointee.probesize = 64 << 10
            allocated.pointee.flags |= AVFMT_FLAG_FAST_SEEK
        }
        var options: OpaquePointer?
        // The bytes come from `input`: no protocol may open anything beside it.
        av_dict_set(&options, "protocol_whitelist", "none", 0)
        av_dict_set(&options, "format_whitelist", Self.demuxers, 0)
        if input.isWave { av_dict_set_int(&options, "max_size", Int64(Self.wavePacket), 0) }
        if !readsChapters { av_dict_set(&options, "ignore_chapters", "1", 0) }
        var context: UnsafeMutablePointer<AVFormatContext>? = allocated
        let opened = avformat_open_input(&context, path, nil, &options)
        av_dict_free(&options)
        guard opened >= 0, let context else { throw Self.error(path, opened, isExhausted: input.isExhausted) }
        format = context

        var index = input.track.map { Self.stream(context, id: $0.id) } ?? Self.soundStream(context)
        if let track = input.track {
            let tag = av_dict_get(context.pointee.metadata, "iTunSMPB", nil, 0)
            samples = MP4Samples(track, gapless: tag.map { String(cString: $0.pointee.value) })
            // Reading on costs up to 15 ms (WAV): only where the header does not tell enough to decode.
        } else if index == nil || !Self.isComplete(context, index) {
            let found = avformat_find_stream_info(context, nil)
            index = Self.soundStream(context)
            if index == nil {
                var closing: UnsafeMutablePointer<AVFormatContext>? = context
                avformat_close_input(&closing)
                if found < 0 { throw Self.error(path, found, isExhausted: input.isExhausted) }
            }
        }
        input.endHeader()
        guard let index, let chosen = context.pointee.streams[index] else {
            throw AudioError(code: .notAudio, message: "cannot play \(quoted(path)): there is no sound in it")
        }
        stream = chosen
        for other in 0..<Int(context.pointee.nb_streams) where other != index {
            context.pointee.streams[other]?.pointee.discard = AVDISCARD_ALL
        }
    }

    deinit {
        var closing: UnsafeMutablePointer<AVFormatContext>? = format
        avformat_close_input(&closing)
    }

    var isInterrupted: Bool { interrupt.isRaised }

    /// Whether FFmpeg counts bytes as the file system does.
    var isWhole: Bool { input.isWhole }

    var isStream: Bool { input.isStream }
    var isSeekable: Bool { format.pointee.pb?.pointee.seekable ?? 0 != 0 }

    /// Frees what only a look into the file needs: covers and texts, up to 9 MB.
    func dropTags() {
        for index in 0..<Int(format.pointee.nb_streams) {
            guard let stream = format.pointee.streams[index] else { continue }
            av_packet_unref(&stream.pointee.attached_pic)
            av_dict_free(&stream.pointee.metadata)
        }
        av_dict_free(&format.pointee.metadata)
    }

    /// For example "mov,mp4,m4a,3gp,3g2,mj2".
    private(set) lazy var container = String(cString: format.pointee.iformat.pointee.name)

    private(set) lazy var isQuickTime = container.hasPrefix("mov,")
    private(set) lazy var isMP3 = container == "mp3"

    /// The codec's usual name.
    var codec: String { String(cString: avcodec_get_name(stream.pointee.codecpar.pointee.codec_id)) }

    // MARK: Packets

    /// A packet that cannot be one of sound.
    private static let maximumPacket = 4 << 20

    /// The next packet of any stream, as av_read_frame gives it.
    func read(_ packet: UnsafeMutablePointer<AVPacket>) -> Int32 {
        guard samples != nil else { return av_read_frame(format, packet) }
        guard let sample = samples?.next(), let reading = format.pointee.pb else { return cffmpeg_error_eof }
        guard sample.bytes <= Self.maximumPacket else { return cffmpeg_error_invalid_data }
        let place = avio_seek(reading, Int64(sample.offset), SEEK_SET)
        guard place >= 0 else { return Int32(clamping: place) }
        let count = av_get_packet(reading, packet, Int32(sample.bytes))
        guard count >= 0 else { return count }
        packet.pointee.stream_index = stream.pointee.index
        packet.pointee.pts = Int64(sample.time)
        packet.pointee.dts = packet.pointee.pts
        packet.pointee.duration = Int64(sample.duration)
        packet.pointee.flags |= AV_PKT_FLAG_KEY
        return 0
    }

    /// The next packet will be the one at `timestamp` or one before it, in the stream's time base.
    func seek(to timestamp: Int64) -> Int32 {
        guard samples == nil else {
            samples?.seek(to: Int(max(0, timestamp)))
            return 0
        }
        let index = stream.pointee.index
        let code = av_seek_frame(format, index, timestamp, AVSEEK_FLAG_BACKWARD)
        guard code < 0, !isInterrupted else { return code }
        // Some demuxers refuse what lies before their first packet; from the start everything is reached.
        return av_seek_frame(format, index, 0, AVSEEK_FLAG_BACKWARD | AVSEEK_FLAG_BYTE)
    }

    /// Time of the first sample that is heard, in the stream's time base; nil where FFmpeg cuts off what is not.
    var start: Int64? { samples.map { Int64($0.track.start) } }

    /// The number of samples at `rate` that are heard, where that is known exactly.
    func exactDuration(rate: Int) -> Int64? {
        guard let samples, let end = samples.end else { return nil }
        return cffmpeg_samples(Int64(max(0, end - samples.track.start)), stream.pointee.time_base, Int32(rate))
    }

    // MARK: Duration

    /// Duration of the sound in samples at `rate`, or nil if the file does not tell. An estimate from the bit rate is
    /// off by minutes with a variable one, and counts as not told.
    func duration(rate: Int) -> Int64? {
        if let exact = exactDuration(rate: rate) { return exact }
        if format.pointee.duration_estimation_method == AVFMT_DURATION_FROM_BITRATE,
            format.pointee.duration != cffmpeg_no_pts
        {
            return nil
        }
        let base = stream.pointee.time_base
        var samples: Int64
        if stream.pointee.duration != cffmpeg_no_pts, stream.pointee.duration > 0 {
            samples = cffmpeg_samples(stream.pointee.duration, base, Int32(rate))
        } else if format.pointee.duration != cffmpeg_no_pts, format.pointee.duration > 0 {
            let microseconds = AVRational(num: 1, den: Int32(AV_TIME_BASE))
            samples = cffmpeg_samples(format.pointee.duration, microseconds, Int32(rate))
        } else {
            return nil
        }
        // MP3 and Opus count the encoder's delay in, which is never heard.
        switch container {
        case "mp3":
            if stream.pointee.start_time != cffmpeg_no_pts {
                samples -= cffmpeg_samples(stream.pointee.start_time, base, Int32(rate))
            }
        case "ogg":
            samples -= Int64(stream.pointee.codecpar.pointee.initial_padding)
        default: break
        }
        return max(0, samples)
    }

    static func error(_ path: String, _ code: Int32, isExhausted: Bool = false) -> AudioError {
        if isExhausted, code != cffmpeg_error_exit {
            return AudioError(
                code: .notAudio,
                message: "cannot play \(quoted(path)): its header is larger than \(FileInput.headerLimit >> 20) MB"
            )
        }
        let reason = FFmpegLibrary.text(code)
        switch code {
        case cffmpeg_error_exit:
            return AudioError(code: .interrupted, message: "opening \(quoted(path)) was given up")
        case -EIO, -EACCES, -ENXIO, -ENODEV, -EMFILE, -ENFILE, -ENOMEM:
            return AudioError(code: .fileUnreadable, message: "cannot read \(quoted(path)): \(reason)")
        case -ENOENT:
            return AudioError(code: .fileMissing, message: "cannot play \(quoted(path)): the file is missing")
        default:
            return AudioError(
                code: .notAudio,
                message: "cannot play \(quoted(path)): not an audio file (\(reason))"
            )
        }
    }

    private static func soundStream(_ context: UnsafeMutablePointer<AVFormatContext>) -> Int? {
        // av_find_best_stream passes over streams whose parameters are not known yet; the first one of sound serves.
        let best = av_find_best_stream(context, AVMEDIA_TYPE_AUDIO, -1, -1, nil, 0)
        return best >= 0 ? Int(best) : nil
    }

    private static func stream(_ context: UnsafeMutablePointer<AVFormatContext>, id: Int) -> Int? {
        (0..<Int(context.pointee.nb_streams)).first { index in
            context.pointee.streams[index]?.pointee.id == Int32(truncatingIfNeeded: id)
        }
    }

    private static func isComplete(_ context: UnsafeMutablePointer<AVFormatContext>, _ index: Int?) -> Bool {
        guard let index, let parameters = context.pointee.streams[index]?.pointee.codecpar else { return false }
        return parameters.pointee.sample_rate > 0 && parameters.pointee.ch_layout.nb_channels > 0
            && parameters.pointee.codec_id != AV_CODEC_ID_NONE
    }
}

/// A path as messages show it: the file's name, which is what people know it by.
func quoted(_ path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return "\"\(name)\""
}
