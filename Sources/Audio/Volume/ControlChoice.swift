/// Which of a card's volume controls is used.
enum ControlChoice {
    /// A playback volume that a card offers.
    struct Candidate: Equatable {
        var name: String
        /// Nil where the driver does not tell.
        var range: DecibelRange?
    }

    /// Less than this makes no volume control (boosts and trims have it), in hundredths of a decibel.
    static let leastDepth = 2_000
    /// More than this is of no further use.
    private static let usefulDepth = 6_000
    /// The controls of a whole output before those of one part of it.
    private static let usualNames = ["Master", "Digital", "PCM", "Speaker", "Headphone", "Line Out"]

    /// - Parameter wish: `auto`, or the name of a control.
    /// - Returns: an index, or nil if there is none like that.
    static func best(of candidates: [Candidate], wish: String) -> Int? {
        guard wish == "auto" else { return candidates.firstIndex { $0.name == wish } }
        func rank(_ index: Int) -> (depth: Int, name: Int) {
            let name = usualNames.firstIndex(of: candidates[index].name) ?? usualNames.count
            return (min(candidates[index].range?.depth ?? 0, usefulDepth), usualNames.count - name)
        }
        return candidates.indices
            .filter { candidates[$0].range.map { $0.depth >= leastDepth } ?? false }
            // The first of equals: a card lists its most important control first.
            .max { left, right in rank(left) != rank(right) ? rank(left) < rank(right) : left > right }
    }

    /// The ALSA control device that belongs to a PCM: that of its card, or the one of the same name.
    static func controlDevice(ofPCM pcm: String) -> String {
        guard let colon = pcm.firstIndex(of: ":") else { return pcm }
        let arguments = pcm[pcm.index(after: colon)...].split(separator: ",")
        // "hw:CARD=sndrpihifiberry,DEV=0", "plughw:1,0".
        let card = arguments.first { $0.hasPrefix("CARD=") }.map { $0.dropFirst(5) } ?? arguments.first
        guard let card, !card.isEmpty, !card.contains("=") else { return pcm }
        return "hw:\(card)"
    }
}
