import CFFmpeg
import Glibc

/// What a file's tags say of its loudness: ReplayGain 2.0, or R128 as Opus has it (RFC 7845, section 5.2.1).
enum GainTags {
    /// The level that ReplayGain's gains lead to, in LUFS.
    static let replayGainLevel = -18.0
    /// The level that R128 tags lead to, in LUFS.
    static let r128Level = -23.0
    /// A tag beyond this is a mistake, in dB.
    static let limit = 64.0

    static func loudness(of file: MediaFile) -> Loudness? {
        loudness { key in
            for dictionary in [file.stream.pointee.metadata, file.format.pointee.metadata] {
                guard let entry = av_dict_get(dictionary, key, nil, 0) else { continue }
                return String(cString: entry.pointee.value)
            }
            return nil
        }
    }

    /// - Parameter tag: the value of a tag by its name, whatever the case.
    static func loudness(_ tag: (String) -> String?) -> Loudness? {
        if let gain = tag("R128_TRACK_GAIN").flatMap(fixedPoint) {
            // Counts from the sound after the header's own gain, which the decoder applies.
            return Loudness(integrated: r128Level - gain, truePeak: nil)
        }
        guard let gain = tag("REPLAYGAIN_TRACK_GAIN").flatMap(number), abs(gain) <= limit else { return nil }
        let peak = tag("REPLAYGAIN_TRACK_PEAK").flatMap(number).flatMap { peak in
            (1e-6...16).contains(peak) ? 20 * log10(peak) : nil
        }
        return Loudness(integrated: replayGainLevel - gain, truePeak: peak)
    }

    /// "-6.30 dB", "+1.2", "-6,3 dB".
    private static func number(_ text: String) -> Double? {
        var text = text[...]
        if text.suffix(2).lowercased() == "db" { text = text.dropLast(2) }
        let digits = trimmed(text)
        guard digits.allSatisfy({ $0.isNumber || "+-.,".contains($0) }) else { return nil }
        return Double(digits.replacing(",", with: "."))
    }

    /// Signed, in steps of 1/256 dB.
    private static func fixedPoint(_ text: String) -> Double? {
        guard let steps = Int(trimmed(text[...])), (-32_768...32_767).contains(steps) else { return nil }
        let gain = Double(steps) / 256
        return abs(gain) <= limit ? gain : nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
