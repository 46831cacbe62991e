extension AudioFile {
    /// Decodes a file to its end and measures how loud it is; what its tags say of the loudness goes over the measured.
    /// Takes about a hundredth of the time that the file plays, on one thread.
    ///
    /// - Parameter isCancelled: asked many times a second.
    /// - Throws: `interrupted` when cancelled.
    package static func measureLoudness(
        path: String,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws(AudioError) -> Loudness {
        let interrupt = Interrupt()
        let file = try MediaFile(path: path, interrupt: interrupt)
        // The source drops the tags.
        let tagged = GainTags.loudness(of: file)
        // Both known: nothing is left to be measured.
        if let tagged, tagged.truePeak != nil { return tagged }
        let source = try AudioSource(file: file)
        let converter = FrameConverter(outputRate: source.rate)
        guard let meter = LoudnessMeter(rate: source.rate) else {
            throw AudioError(code: .unsupported, message: "cannot measure \(quoted(path)) at \(source.rate) Hz")
        }
        while try source.advance() == .samples {
            if isCancelled() {
                throw AudioError(code: .interrupted, message: "measuring \(quoted(path)) was given up")
            }
            while source.offset < source.count {
                let taken = try converter.convert(
                    source.frame,
                    offset: source.offset,
                    count: source.count - source.offset,
                    path: path
                )
                source.consume(taken)
                meter.add(converter.samples, count: converter.count)
                converter.consume(converter.count)
            }
        }
        let measured = meter.loudness
        return Loudness(integrated: tagged?.integrated ?? measured.integrated, truePeak: measured.truePeak)
    }
}
