import CFFmpeg
import CLinux

/// Looks into files. All calls block on the disk: run them on a thread pool. Their time is bounded.
package enum AudioFile {
    /// How long a file may take to be looked at, in seconds.
    static let probeSeconds = 20

    /// Reads what a file says about itself, and makes sure that its sound can be decoded.
    ///
    /// - Parameter coverLimit: larger pictures are left out, in bytes.
    package static func probe(path: String, coverLimit: Int = 8 << 20) throws(AudioError) -> AudioMetadata {
        let interrupt = Interrupt(seconds: probeSeconds)
        // Opened once for both, for opening is most of it: what tags, covers and chapters need stands in the header.
        let file = try MediaFile(path: path, interrupt: interrupt, readsChapters: true)
        let tags = Tags(file)
        let loudness = GainTags.loudness(of: file)
        let cover = cover(of: file, limit: coverLimit)
        var marks = ChapterMark.marks(of: file)
        if marks.isEmpty { marks = CueSheet(beside: path)?.marks ?? [] }
        // The header may promise what the content does not keep; only a decoded frame proves that it is sound.
        let source = try AudioSource(file: file)
        source.survey()
        let durationMs: Int
        if let samples = source.duration {
            durationMs = Int(samples * 1000 / Int64(source.rate))
        } else {
            durationMs = try measure(path: path, interrupt: interrupt)
        }
        return AudioMetadata(
            durationMs: durationMs,
            title: tags["title"],
            artist: tags["artist"] ?? tags["album_artist"],
            album: tags["album"],
            trackNumber: tags["track"].flatMap(trackNumber),
            codec: file.codec,
            container: file.container,
            sampleRate: source.rate,
            channels: Int(source.frame.pointee.ch_layout.nb_channels),
            cover: cover,
            chapters: ChapterMark.chapters(marks, durationMs: durationMs),
            loudness: loudness
        )
    }

    /// Reads a CUE sheet by itself.
    ///
    /// - Parameter durationMs: of the file that it divides.
    /// - Returns: the name of that file as the sheet says it, and its parts; nil if this is no such sheet.
    package static func cueSheet(
        path: String,
        durationMs: Int
    ) -> (file: String?, chapters: [AudioMetadata.Chapter])? {
        guard let sheet = CueSheet(path: path), !sheet.marks.isEmpty else { return nil }
        return (sheet.file, ChapterMark.chapters(sheet.marks, durationMs: durationMs))
    }

    /// What decoding a file to its end brought.
    package struct DecodeReport: Sendable, Equatable {
        /// Frames at the rate of the file.
        package var frames: Int64
        package var sampleRate: Int
        package var durationMs: Int
        /// Damaged packets that were passed over.
        package var errors: Int
        /// Time it took.
        package var seconds: Double
        /// How many times faster than it plays.
        package var speed: Double
    }

    /// Decodes a file to the end through the same code that plays it, conversion to `rate` included.
    package static func decode(path: String, rate: Int = 44_100) throws(AudioError) -> DecodeReport {
        let begin = clinux_monotonic_ns()
        let source = try AudioSource(path: path, interrupt: Interrupt())
        let converter = FrameConverter(outputRate: rate)
        var frames: Int64 = 0
        while try source.advance() == .samples {
            while source.offset < source.count {
                let taken = try converter.convert(
                    source.frame,
                    offset: source.offset,
                    count: source.count - source.offset,
                    path: path
                )
                source.consume(taken)
                frames += Int64(taken)
                converter.consume(converter.count)
            }
        }
        let seconds = Double(clinux_monotonic_ns() - begin) / 1e9
        let duration = Double(frames) / Double(source.rate)
        return DecodeReport(
            frames: frames,
            sampleRate: source.rate,
            durationMs: Int(duration * 1000),
            errors: source.errors,
            seconds: seconds,
            speed: seconds > 0 ? duration / seconds : 0
        )
    }

    /// What it takes until a place of a file can be heard: opening it, going there, decoding the first samples.
    ///
    /// - Returns: the time in seconds, and the place reached.
    package static func timeToSound(path: String, positionMs: Int) throws(AudioError) -> (
        seconds: Double, positionMs: Int
    ) {
        let begin = clinux_monotonic_ns()
        let source = try AudioSource(path: path, interrupt: Interrupt(seconds: probeSeconds))
        try source.seek(to: Int64(max(0, positionMs)) * Int64(source.rate) / 1000)
        _ = try source.advance()
        let seconds = Double(clinux_monotonic_ns() - begin) / 1e9
        return (seconds, Int(source.position * 1000 / Int64(source.rate)))
    }

    /// Milliseconds of sound in a file whose header does not tell: counts its packets, without decoding them.
    private static func measure(path: String, interrupt: Interrupt) throws(AudioError) -> Int {
        let file = try MediaFile(path: path, interrupt: interrupt)
        guard let packet = av_packet_alloc() else { return 0 }
        defer {
            var freed: UnsafeMutablePointer<AVPacket>? = packet
            av_packet_free(&freed)
        }
        let base = file.stream.pointee.time_base
        var total: Int64 = 0
        while file.read(packet) >= 0 {
            if packet.pointee.stream_index == file.stream.pointee.index { total += packet.pointee.duration }
            av_packet_unref(packet)
        }
        if interrupt.isRaised { throw MediaFile.error(path, cffmpeg_error_exit) }
        return Int(cffmpeg_samples(total, base, 1000))
    }

    /// "3", "3/12", "03".
    private static func trackNumber(_ text: String) -> Int? {
        Int(text.prefix { $0.isNumber })
    }

    private static func cover(of file: MediaFile, limit: Int) -> AudioMetadata.Cover? {
        for index in 0..<Int(file.format.pointee.nb_streams) {
            guard let stream = file.format.pointee.streams[index],
                stream.pointee.disposition & Int32(AV_DISPOSITION_ATTACHED_PIC) != 0,
                let data = stream.pointee.attached_pic.data,
                case let size = Int(stream.pointee.attached_pic.size), size > 0, size <= limit,
                let mimeType = mimeType(stream.pointee.codecpar.pointee.codec_id)
            else { continue }
            return AudioMetadata.Cover(
                mimeType: mimeType,
                bytes: Array(UnsafeBufferPointer(start: data, count: size))
            )
        }
        return nil
    }

    private static func mimeType(_ codec: AVCodecID) -> String? {
        switch codec {
        case AV_CODEC_ID_MJPEG: "image/jpeg"
        case AV_CODEC_ID_PNG: "image/png"
        case AV_CODEC_ID_GIF: "image/gif"
        case AV_CODEC_ID_WEBP: "image/webp"
        case AV_CODEC_ID_BMP: "image/bmp"
        default: nil
        }
    }
}

/// Tags by FFmpeg's common names, from the container or, as in Ogg, from the stream.
private struct Tags {
    private let values: [String: String]

    init(_ file: MediaFile) {
        var values: [String: String] = [:]
        for dictionary in [file.format.pointee.metadata, file.stream.pointee.metadata] {
            for key in ["title", "artist", "album", "album_artist", "track"] where values[key] == nil {
                guard let entry = av_dict_get(dictionary, key, nil, 0) else { continue }
                values[key] = TagText.line(entry.pointee.value)
            }
        }
        self.values = values
    }

    subscript(key: String) -> String? { values[key] }
}
