/// What the engine needs to know before it starts.
package struct AudioConfiguration: Sendable, Equatable {
    /// An ALSA PCM name such as `default` or `hw:CARD=sndrpihifiberry`. `auto` is `default`, with a silent output that
    /// keeps time while no card can be opened. `silent` is that silent output for good.
    package var device: String
    /// How much sound the device buffers, 20...2000 ms: the time a pause, a seek or a new track needs to be heard.
    package var bufferMs: Int
    /// The rate asked of the device in Hz. A device that cannot do it plays at its nearest one and files are resampled.
    package var sampleRate: Int
    /// SCHED_FIFO priority asked for the output thread, 1...99; 0 does not ask.
    package var realtimePriority: Int
    /// The card's volume control that is used beside the samples: empty for none, `auto` for the best by its range in
    /// decibels, or a name such as `Digital`.
    package var mixer: String
    /// How long the end of a track and the beginning of the prepared one sound together, 0...10,000 ms.
    package var crossfadeMs: Int

    package init(
        device: String = "auto",
        bufferMs: Int = 100,
        sampleRate: Int = 44_100,
        realtimePriority: Int = 40,
        mixer: String = "",
        crossfadeMs: Int = 0
    ) {
        self.device = device
        self.bufferMs = min(max(bufferMs, 20), 2000)
        self.sampleRate = min(max(sampleRate, 8000), 192_000)
        self.realtimePriority = realtimePriority
        self.mixer = mixer
        self.crossfadeMs = min(max(crossfadeMs, 0), 10_000)
    }

    /// Whether no device is wanted at all.
    var isSilent: Bool { device == "silent" }

    /// Whether a silent output may stand in while no card can be opened.
    var allowsSilence: Bool { device == "auto" }

    /// The name given to `snd_pcm_open`.
    var pcmName: String { device == "auto" ? "default" : device }
}
