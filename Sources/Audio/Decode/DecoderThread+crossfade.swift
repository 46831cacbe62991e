/// The end of a track and the beginning of the next one, sounding together.
extension DecoderThread {
    /// In frames at the output's rate.
    var crossfadeFrames: Int { converter.outputRate * crossfadeMs / 1000 }

    /// No more than half of a track sounds with the one behind it: the other half may sound with the one before.
    private func crossfadeFrames(of source: AudioSource) -> Int {
        guard let duration = source.duration else { return 0 }
        let seconds = Double(max(0, duration)) / Double(source.rate) / converter.speed
        return min(crossfadeFrames, Int(min(seconds * Double(converter.outputRate) / 2, 1e9)))
    }

    /// Frames in the converter that lie in the last seconds of the track and so must wait for the next one. Before that
    /// nothing waits: a start costs no time. Nor does a track that is decoded before it is heard, which only those are
    /// that fit into the ring and the device (about 5 s): of their end less sounds together with what follows, or none.
    var heldFrames: Int {
        guard crossfadeFrames > 0, feeding == .current, let source = current?.source, let duration = source.duration
        else { return 0 }
        let wanted = crossfadeFrames(of: source)
        let left = Double(duration - source.position) / Double(source.rate) / converter.speed
        // Bounded, for what a header says of a duration may be anything.
        let frames = min(max(left * Double(converter.outputRate), -1e9), 1e9)
        return min(max(0, wanted - Int(frames)), wanted, converter.count)
    }

    /// The current track was decoded to its end, which is held back. False if there is no reason to.
    func holdEnd(of track: Track, _ source: AudioSource) -> Bool {
        guard crossfadeFrames > 0, feeding == .current, source.duration != nil else { return false }
        let wanted = crossfadeFrames(of: source)
        // The next chapter goes on where this one ends, and a station has no beginning that could be mixed.
        if let next, next.request.continues(track.request) || next.request.isStream { return false }
        converter.drain()
        completeCrossfade()
        let held = min(wanted, converter.count)
        guard held > 0 else { return false }
        let end = marker(.end, track: track, index: 0, position: source.position, source: source)
        crossfade = Crossfade(of: converter, count: held, end: end)
        return true
    }

    /// Nothing is prepared yet that could follow, and there is time to wait for it.
    var waitsForNext: Bool {
        guard let crossfade, crossfade.pairing == nil, next == nil else { return false }
        return ahead >= link.ring.lowWater(rate: converter.outputRate)
    }

    /// Lets the end that is held sound together with the beginning of the successor, or by itself when there is none.
    func beginCrossfade() {
        guard let crossfade, crossfade.pairing == nil else { return }
        if next?.source == nil { openNext() }
        let seconds = next?.durationMs.map { Double($0) / 1000 / converter.speed } ?? 0
        // Half of a short track stays its own.
        let length = min(crossfade.count, Int(min(seconds * Double(converter.outputRate) / 2, 1e9)))
        guard let next, next.source != nil, length > 0 else {
            crossfade.release(crossfade.count, to: converter)
            pushEnd(crossfade.end)
            self.crossfade = nil
            return
        }
        crossfade.release(crossfade.count - length, to: converter)
        let ratio = next.request.gain > 0 ? crossfade.end.gain / next.request.gain : 1
        crossfade.pair(Crossfade.Pairing(serial: serial, ratio: ratio))
        pushEnd(crossfade.end)
    }

    /// The track ends behind what waits in the converter.
    private func pushEnd(_ end: Marker) {
        var end = end
        end.index = link.ring.writeIndex + UInt64(converter.count)
        end.serial = serial
        push(end)
    }

    /// Mixes the frames that the converter made since it held `count` of them.
    func mixCrossfade(since count: Int) {
        guard let crossfade, crossfade.missing > 0, feeding == .next || crossfade.isPast else { return }
        crossfade.mix(into: converter.waiting + count * FrameRing.channels, count: converter.count - count)
        if crossfade.isPast, crossfade.missing == 0 { self.crossfade = nil }
    }

    /// The successor ends before the crossfade does, against what its file promised.
    func completeCrossfade() {
        guard let crossfade, crossfade.missing > 0, feeding == .next || crossfade.isPast else { return }
        let count = converter.count
        converter.pad(crossfade.missing)
        mixCrossfade(since: count)
    }

    /// Undoes a crossfade that has not begun to sound; the end is held again. False if it has begun.
    func takeBack(_ pairing: Crossfade.Pairing) -> Bool {
        // Both its markers stand there: the one that ends the track, and that of the successor.
        let begin = next?.boundary?.index ?? link.ring.writeIndex + UInt64(converter.count)
        if begin >= link.ring.writeIndex {
            converter.truncate(to: Int(begin - link.ring.writeIndex))
            converter.forgetInput()
        } else {
            guard link.ring.retract(to: begin) else { return false }
            converter.reset()
        }
        link.cancelMarkers(pairing.serial, serial)
        crossfade?.part()
        return true
    }

    /// The successor is heard; the rest of the crossfade may still have to be made.
    func passCrossfade() {
        crossfade?.isPast = true
        if crossfade?.missing == 0 { crossfade = nil }
    }
}
