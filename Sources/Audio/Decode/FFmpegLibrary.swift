import CFFmpeg

/// What is done once for FFmpeg, and how its errors read.
enum FFmpegLibrary {
    /// Takes FFmpeg's messages off stderr.
    static let install: Void = {
        cffmpeg_install_message_handler()
    }()

    /// Builds the tables of the usual decoders, which FFmpeg makes when each is opened for the first time, so that the
    /// first tap does not pay for them.
    static func warmUp() {
        _ = install
        for codec in [AV_CODEC_ID_MP3, AV_CODEC_ID_AAC, AV_CODEC_ID_FLAC, AV_CODEC_ID_OPUS] {
            guard let decoder = avcodec_find_decoder(codec) else { continue }
            var context = avcodec_alloc_context3(decoder)
            context?.pointee.sample_rate = 48_000
            if let context {
                av_channel_layout_default(&context.pointee.ch_layout, 2)
                _ = avcodec_open2(context, decoder, nil)
            }
            avcodec_free_context(&context)
        }
        cffmpeg_clear_message()
    }

    static func text(_ code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            cffmpeg_error_text(code, base, buffer.count)
            return String(cString: base)
        }
    }
}
