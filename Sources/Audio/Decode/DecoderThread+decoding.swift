import Logging
import Synchronization
import Threads

/// Files into the ring.
extension DecoderThread {
    /// Decodes until the ring is full, everything is decoded, or something else is to be done.
    func decodeBatch() -> Progress {
        while true {
            if mailbox.hasWork || !link.notices.isEmpty { return .some }
            guard flush() else { return .full }
            if feeding == .nothing {
                if waitsForNext { return .full }
                guard beginNext() else { return converter.count > 0 ? .some : .idle }
            }
            guard ahead < link.ring.highWater(rate: converter.outputRate), hasPlaceForMarkers else {
                return .full
            }
            do throws(AudioError) {
                guard try isFedEnough() else { return .waiting }
                try decode()
            } catch {
                abandon(error)
            }
        }
    }

    /// Frames in the ring that will be played: not those that wait to be discarded.
    var ahead: Int {
        let end = link.ring.writeIndex
        let start = max(link.ring.readIndex, transport.start)
        return end > start ? Int(end - start) : 0
    }

    var hasPlaceForMarkers: Bool { link.markers.free >= 4 }

    /// Moves what waits in the converter into the ring, but for the end of a track that is held back; false if not all of
    /// it fits.
    func flush() -> Bool {
        let held = heldFrames
        guard converter.count > held else { return true }
        converter.consume(link.ring.write(converter.samples, count: converter.count - held))
        wakeOutput()
        return converter.count == held
    }

    func wakeOutput() {
        if link.outputIsHungry.exchange(false, ordering: .sequentiallyConsistent) { link.outputWakeup.signal() }
    }

    var fed: Track? {
        switch feeding {
        case .nothing: nil
        case .current: current
        case .next: next
        }
    }

    func decode() throws(AudioError) {
        guard let track = fed, let source = track.source else {
            feeding = .nothing
            return
        }
        let errorsBefore = source.errors
        let step = try source.advance()
        if source.errors > errorsBefore { link.decodeErrors.add(source.errors - errorsBefore, ordering: .relaxed) }
        switch step {
        case .samples:
            if let kind = opening { open(kind, track: track, source: source) }
            let before = converter.count
            while source.offset < source.count {
                let taken = try converter.convert(
                    source.frame,
                    offset: source.offset,
                    count: source.count - source.offset,
                    path: track.request.path
                )
                source.consume(taken)
            }
            mixCrossfade(since: before)
            link.resampledFromRate.store(converter.isResampling ? converter.inputRate ?? 0 : 0, ordering: .relaxed)
        case .end: try finish(track, source)
        }
    }

    /// Makes the marker in front of a track's first frames.
    func open(_ kind: Marker.Kind, track: Track, source: AudioSource) {
        opening = nil
        if !converter.accepts(source.frame) { converter.drain() }
        let index = link.ring.writeIndex + UInt64(converter.count + converter.latency)
        if kind == .join { next?.boundary = (index, serial) }
        push(marker(kind, track: track, index: index, position: source.position, source: source))
    }

    func marker(
        _ kind: Marker.Kind,
        track: Track,
        index: UInt64,
        position: Int64,
        source: AudioSource
    ) -> Marker {
        let rate = Int64(converter.outputRate)
        return Marker(
            kind: kind,
            epoch: transport.epoch,
            serial: serial,
            request: track.request.id,
            index: index,
            position: position * rate / Int64(source.rate),
            duration: source.duration.map { $0 * rate / Int64(source.rate) } ?? -1,
            rate: Int32(rate),
            speed: Float(converter.speed),
            isPart: source.isPart,
            gain: track.request.gain
        )
    }

    func push(_ marker: Marker) {
        serial &+= 1
        // There is room: `decodeBatch` sees to it.
        _ = link.markers.push(marker)
        wakeOutput()
    }

    /// Some files have a damaged packet or two behind a cut or in front of a trailer: that is nobody's concern.
    private static var tolerableErrors: Int { 7 }

    /// The source of a track has no more samples.
    func finish(_ track: Track, _ source: AudioSource) throws(AudioError) {
        if source.errors > Self.tolerableErrors {
            let error = AudioError(
                code: .damaged,
                message: "\(quoted(track.request.path)) is damaged: \(source.errors) pieces of it were skipped"
            )
            logger.warning(
                "a file is damaged",
                metadata: ["request": "\(track.request.id)", "error": "\(error.message)"]
            )
            emit(.damaged(request: track.request.id, error))
        }
        if let kind = opening {
            // Nothing came. After a seek that is the end; a file without sound is an error.
            guard kind != .join, track.request.positionMs > 0 || kind != .load else {
                throw AudioError(
                    code: .notAudio,
                    message: "cannot play \(quoted(track.request.path)): there is no sound in it"
                )
            }
            opening = nil
            let end = source.duration ?? source.position
            push(marker(kind, track: track, index: link.ring.writeIndex, position: end, source: source))
        }
        if holdEnd(of: track, source) {
            endFeeding()
            return
        }
        // A successor of the same kind goes through the same resampler, so that not even its filter is interrupted.
        let joins =
            feeding == .current && (takesOver(track) || next?.source.map { converter.accepts($0.frame) } ?? false)
        let before = converter.count
        if !joins { converter.drain() }
        mixCrossfade(since: before)
        completeCrossfade()
        let index = link.ring.writeIndex + UInt64(converter.count + converter.latency)
        push(marker(.end, track: track, index: index, position: source.position, source: source))
        endFeeding()
    }

    /// Begins to decode the successor behind the current track; false if there is none to begin with.
    func beginNext() -> Bool {
        beginCrossfade()
        guard let track = current, track.isDecoded, let next, !next.isDecoded else { return false }
        if next.source == nil { openNext() }
        guard self.next?.source != nil || self.next?.stream != nil else { return false }
        feeding = .next
        opening = .join
        return true
    }

    /// Whether the successor is the next part of the file that `track` is a part of: then it takes over the open file.
    private func takesOver(_ track: Track) -> Bool {
        guard let next, next.source == nil else { return false }
        return next.request.continues(track.request)
    }

    func openNext() {
        guard let track = next, track.source == nil else { return }
        if let current, current.source != nil, takesOver(current) { return }
        if track.request.isStream {
            // A line that nobody reads from would be cut by its other end.
            if track.stream == nil, current?.isDecoded ?? true { next?.stream = connect(track.request) }
            return
        }
        do throws(AudioError) {
            let source = try makeSource(track.request)
            next?.source = source
            next?.durationMs = source.durationMs
        } catch {
            dropNext(error)
        }
    }

    /// What is being decoded cannot be decoded further: what came before is heard to its end.
    func abandon(_ error: AudioError) {
        guard error.code != .interrupted, let track = fed else { return }
        guard opening == nil, let source = track.source else {
            opening = nil
            if feeding == .next {
                feeding = .nothing
                // The track before gets its own end back.
                if let crossfade, !crossfade.isPast, let pairing = crossfade.pairing { _ = takeBack(pairing) }
                dropNext(error)
            } else {
                feeding = .nothing
                fail(track.request, error)
                current = nil
                next = nil
                afterNext = nil
            }
            return
        }
        converter.drain()
        let index = link.ring.writeIndex + UInt64(converter.count)
        push(marker(.end, track: track, index: index, position: source.position, source: source))
        endFeeding(error)
    }

    /// The track that is fed has brought all it has.
    func endFeeding(_ failure: AudioError? = nil) {
        switch feeding {
        case .current:
            if failure == nil, let track = current, let source = track.source, takesOver(track) {
                source.goOn(with: next?.request.part)
                next?.source = source
                next?.durationMs = source.durationMs
            }
            current?.source = nil
            current?.isDecoded = true
            current?.failure = failure
        case .next:
            next?.source = nil
            next?.isDecoded = true
            next?.failure = failure
        case .nothing: break
        }
        feeding = .nothing
    }

    func dropNext(_ error: AudioError) {
        guard let track = next, error.code != .interrupted else { return }
        next = nil
        fail(track.request, error)
        if let current, current.isHeardOut { finishCurrent(current) }
    }
}
