/// The volume: 0...100 within ``volumeRange``, whoever asks.
extension PlayerMachine {
    /// - Parameters:
    ///   - volume: 0...100, or nil to leave it; beyond ``volumeRange`` it is the nearest in it.
    ///   - muted: nil leaves it.
    package mutating func setVolume(_ volume: Int?, muted: Bool?) throws(PlayerError) -> [PlayerAction] {
        if let volume, !(0...100).contains(volume) { throw .outOfRange("volume must be 0 to 100") }
        let new = (volume: volumeRange.clamp(volume ?? self.volume), muted: muted ?? self.muted)
        guard new != (self.volume, self.muted) else { return [] }
        (self.volume, self.muted) = new
        return [.setVolume(new.volume, muted: new.muted), .announceVolume, .announceState]
    }

    /// Louder or quieter by so much: what a button or a knob does, whose user goes by what is heard. So it acts only
    /// while something is heard: a button that is held down in a silent house changes nothing that would be found out
    /// with a start at the next tap. Louder also ends muting.
    ///
    /// - Parameter delta: -100...100.
    package mutating func changeVolume(by delta: Int) throws(PlayerError) -> [PlayerAction] {
        guard (-100...100).contains(delta) else { throw .outOfRange("delta must be -100 to 100") }
        switch state {
        case .playing, .loading: return try setVolume(min(max(volume + delta, 0), 100), muted: delta > 0 ? false : nil)
        case .paused, .stopped, .failed:
            throw .nothingToPlay("nothing is playing: a step of the volume would not be heard")
        }
    }
}
