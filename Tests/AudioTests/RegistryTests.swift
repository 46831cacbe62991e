import CFFmpeg
import Testing

@testable import Audio

/// What is linked of FFmpeg is what files may be opened with, and no more.
@Suite struct RegistryTests {
    private static var demuxers: [String] {
        var state: UnsafeMutableRawPointer?
        var names: [String] = []
        while let demuxer = av_demuxer_iterate(&state) { names.append(String(cString: demuxer.pointee.name)) }
        return names
    }

    @Test func everyDemuxerIsAllowed() {
        let allowed = Set(MediaFile.demuxers.split(separator: ",").map(String.init))
        #expect(Self.demuxers.count >= 30)
        for names in Self.demuxers {
            #expect(names.split(separator: ",").contains { allowed.contains(String($0)) }, "\(names)")
        }
    }

    @Test(arguments: [
        (AV_CODEC_ID_MP3, "mp3float"), (AV_CODEC_ID_FLAC, "flac"), (AV_CODEC_ID_VORBIS, "vorbis"),
        (AV_CODEC_ID_OPUS, "opus"), (AV_CODEC_ID_AAC, "aac"), (AV_CODEC_ID_ALAC, "alac"),
        (AV_CODEC_ID_PCM_S16LE, "pcm_s16le"), (AV_CODEC_ID_WMAV2, "wmav2"), (AV_CODEC_ID_AC3, "ac3"),
    ])
    func theUsualCodecsAreDecoded(codec: AVCodecID, name: String) throws {
        let decoder = try #require(avcodec_find_decoder(codec))
        #expect(String(cString: decoder.pointee.name) == name)
    }

    /// Neither video nor another way out than the web's.
    @Test func nothingElseIsThere() {
        for codec in [AV_CODEC_ID_H264, AV_CODEC_ID_MJPEG, AV_CODEC_ID_HEVC] {
            #expect(avcodec_find_decoder(codec) == nil)
        }
        var state: UnsafeMutableRawPointer?
        var protocols: [String] = []
        while let name = avio_enum_protocols(&state, 0) { protocols.append(String(cString: name)) }
        #expect(protocols == ["http", "https", "tcp", "tls"])
    }
}
