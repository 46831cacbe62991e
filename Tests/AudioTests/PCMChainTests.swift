import CALSA
import Testing

@testable import Audio

@Suite struct PCMChainTests {
    /// As libasound 1.2.8 tells them.
    private static let plugged = """
        Plug PCM: Hardware PCM card 0 'HDA Intel' device 0 subdevice 0
        Its setup is:
          stream       : PLAYBACK
          access       : RW_INTERLEAVED
        """
    private static let mixed = """
        Plug PCM: Soft volume PCM
        Control: PCM Playback Volume
        min_dB: -51
        max_dB: 0
        resolution: 256
        Its setup is:
          stream       : PLAYBACK
        Slave: Direct Stream Mixing PCM
        Its setup is:
          stream       : PLAYBACK
        Hardware PCM card 0 'HDA Intel' device 0 subdevice 0
        Its setup is:
          stream       : PLAYBACK
        """
    private static let resampled = """
        Plug PCM: Rate conversion PCM (48000, sformat=S16_LE)
        Converter: linear-interpolation
        Protocol version: 10002
        Its setup is:
          stream       : PLAYBACK
        Slave: Direct Stream Mixing PCM
        Its setup is:
          stream       : PLAYBACK
        Hardware PCM card 0 'HDA Intel' device 0 subdevice 0
        """
    private static let server = """
        ALSA <-> PulseAudio PCM I/O Plugin
        Its setup is:
          stream       : PLAYBACK
        """
    private static let foreign = """
        Equaliser of somebody
        Slave: Hardware PCM card 0 'HDA Intel' device 0 subdevice 0
        """

    @Test(arguments: [
        (plugged, ["Plug", "Hardware PCM"], PCMPeer.hardware),
        (mixed, ["Plug", "Soft volume PCM", "Direct Stream Mixing PCM", "Hardware PCM"], .mixing),
        (
            resampled,
            ["Plug", "Rate conversion PCM (48000, sformat=S16_LE)", "Direct Stream Mixing PCM", "Hardware PCM"],
            .unknown
        ),
        (server, ["ALSA <-> PulseAudio PCM I/O Plugin"], .unknown),
        (foreign, ["Equaliser of somebody", "Hardware PCM"], .unknown),
        ("", [], .unknown),
    ])
    func tellsWhatLiesBehindAName(dump: String, names: [String], peer: PCMPeer) {
        #expect(PCMChain.names(in: dump) == names)
        #expect(PCMPeer(chain: names) == peer)
    }

    /// Of the real library: `null` ends in nothing, and is no device that gives back.
    @Test func asksTheLibrary() throws {
        var handle: OpaquePointer?
        try #require(snd_pcm_open(&handle, "plug:null", SND_PCM_STREAM_PLAYBACK, 0) >= 0)
        let pcm = try #require(handle)
        defer { snd_pcm_close(pcm) }
        #expect(PCMChain(of: pcm).names == ["Plug", "Null PCM"])
        #expect(PCMPeer(of: pcm) == .unknown)
    }
}
