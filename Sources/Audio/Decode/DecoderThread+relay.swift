import CLinux
import Logging
import Synchronization

/// What the output reports, told as events.
extension DecoderThread {
    func relay() {
        while let notice = link.notices.pop() {
            switch notice.kind {
            case .started: announceStart(notice)
            case .entered:
                guard notice.epoch == transport.epoch, let track = next, track.request.id == notice.request else {
                    break
                }
                enterNext(track)
                announceStart(notice)
            case .paused:
                guard current?.request.id == notice.request else { break }
                emit(.paused(request: notice.request, positionMs: Int(notice.microseconds / 1000)))
            case .seeked:
                guard notice.epoch == transport.epoch, current?.request.id == notice.request else { break }
                emit(.seeked(request: notice.request, positionMs: Int(notice.microseconds / 1000)))
            case .finished:
                guard notice.epoch == transport.epoch, let track = current, track.request.id == notice.request else {
                    break
                }
                current?.isHeardOut = true
                // One that came too late for a seamless join still follows.
                if next == nil { finishCurrent(track) }
            case .output: outputChanged(notice)
            case .xrun: logXrun(notice.value)
            }
        }
    }

    func announceStart(_ notice: Notice) {
        guard let track = current, track.request.id == notice.request, announced != notice.request else { return }
        announced = notice.request
        emit(
            .started(request: notice.request, durationMs: track.durationMs, firstWriteNanoseconds: notice.value)
        )
    }

    func enterNext(_ track: Track) {
        current = track
        current?.boundary = nil
        passCrossfade()
        next = nil
        if feeding == .next { feeding = .current }
        if let request = afterNext {
            afterNext = nil
            prepare(request)
        }
    }

    func finishCurrent(_ track: Track) {
        current = nil
        if let failure = track.failure {
            fail(track.request, failure)
        } else {
            emit(.finished(request: track.request.id))
        }
    }

    func outputChanged(_ notice: Notice) {
        let state = link.outputState.withLock { $0 }
        switch state {
        case .starting: break
        case .playing(let output):
            logger.info(
                "audio output opened",
                metadata: [
                    "device": "\(output.device)", "rate": "\(output.rate)", "format": "\(output.format)",
                    "channels": "\(output.channels)", "period": "\(output.periodFrames)",
                    "buffer": "\(output.bufferFrames)",
                    "realtime": "\(link.isRealtime.load(ordering: .relaxed))",
                ]
            )
        case .silent(let reason): logger.warning("no audio output, playing silently", metadata: ["reason": "\(reason)"])
        case .lost(let reason): logger.warning("audio output lost, holding", metadata: ["reason": "\(reason)"])
        }
        emit(.output(state))
        let rate = Int(notice.value)
        guard rate > 0, rate != converter.outputRate else { return }
        // What is in the ring is of no use at this rate.
        let speed = converter.speed
        converter = FrameConverter(outputRate: rate)
        converter.speed = speed
        guard let track = current else { return }
        let heardMs = notice.request == track.request.id ? Int(notice.microseconds / 1000) : track.request.positionMs
        restart(atMs: heardMs, as: .retune)
    }

    func logXrun(_ count: UInt64) {
        guard xrunLog.isNews(at: clinux_monotonic_ns()) else { return }
        logger.warning("the audio device ran dry", metadata: ["xruns": "\(count)"])
    }
}
