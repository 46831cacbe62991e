import CLinux
import Glibc
import Synchronization
import Threads

/// Which device is served.
extension OutputThread {
    /// The thread's body.
    mutating func run() {
        if configuration.realtimePriority > 0 {
            let refusal = clinux_request_fifo(Int32(configuration.realtimePriority))
            link.isRealtime.store(refusal == 0, ordering: .relaxed)
        }
        // Once a device has played, sound belongs to it: its loss is never covered up by playing to nobody.
        var hadDevice = false
        var isRetry = false
        if configuration.isSilent {
            backoff.never()
            _ = serveSilently(reason: "the configuration asks for no device")
        }
        while !link.isClosing {
            do throws(DeviceError) {
                var device = try open(reload: isRetry)
                hadDevice = true
                serveAndLeave(&device)
            } catch {
                backoff.failed(at: clinux_monotonic_ns())
                if configuration.allowsSilence, !hadDevice {
                    if var device = serveSilently(reason: error.message) {
                        hadDevice = true
                        serveAndLeave(&device)
                    }
                } else {
                    announce(.lost(reason: error.message), rate: 0)
                }
            }
            isRetry = true
            hold()
        }
    }

    func open(reload: Bool) throws(DeviceError) -> OutputDevice {
        let negotiation = PCMNegotiation(
            device: configuration.pcmName,
            rate: configuration.sampleRate,
            bufferMs: configuration.bufferMs
        )
        return try OutputDevice(opening: negotiation, reload: reload, wakeup: link.outputWakeup)
    }

    mutating func serveAndLeave(_ device: inout OutputDevice) {
        backoff.reset()
        announce(.playing(description(of: device.format)), rate: device.format.rate)
        let departure = serve(&device)
        mixer.rewindToHeard()
        if case .lost(let loss) = departure { announce(.lost(reason: reason(of: loss)), rate: 0) }
        backoff.failed(at: clinux_monotonic_ns())
    }

    /// Keeps time without a device until one can be opened.
    mutating func serveSilently(reason: String) -> OutputDevice? {
        var silence = OutputDevice(
            silentAt: configuration.sampleRate,
            bufferMs: configuration.bufferMs,
            wakeup: link.outputWakeup
        )
        announce(.silent(reason: reason), rate: silence.format.rate)
        while case .retry = serve(&silence) {
            do throws(DeviceError) {
                let device = try open(reload: true)
                mixer.rewindToHeard()
                return device
            } catch {
                backoff.failed(at: clinux_monotonic_ns())
            }
        }
        return nil
    }

    /// Waits without a device. Playback stands; commands are followed as far as they can be.
    mutating func hold() {
        while !link.isClosing {
            let now = clinux_monotonic_ns()
            let pause = backoff.milliseconds(at: now)
            guard pause > 0 else { return }
            settle(at: now)
            link.outputWakeup.wait(milliseconds: pause)
        }
    }

    /// With nothing on its way to a device, carries out what needs none: discards, pauses, new positions.
    mutating func settle(at now: UInt64) {
        _ = mixer.render(into: slice, limit: 0)
        wakeDecoder()
        stand(at: now)
    }

    /// Nothing is on its way: all that was handed was heard, and what is marked is due.
    mutating func stand(at now: UInt64) {
        mixer.timeline.hear(delay: 0)
        mixer.rest()
        post(at: now, isRunning: false)
        tellDue(at: now)
    }

    func reason(of loss: Loss) -> String {
        switch loss {
        case .stuck: "audio device \"\(configuration.pcmName)\" has played nothing for 2 s"
        case .failed(let code): "audio device \"\(configuration.pcmName)\" failed: \(String(cString: strerror(-code)))"
        }
    }

    func description(of format: PCMFormat) -> OutputDescription {
        OutputDescription(
            device: configuration.pcmName,
            rate: format.rate,
            format: format.encodingName,
            channels: format.channels,
            periodFrames: format.periodFrames,
            bufferFrames: format.bufferFrames
        )
    }

    mutating func announce(_ state: OutputState, rate: Int) {
        let changed = link.outputState.withLock { current in
            defer { current = state }
            return current != state
        }
        link.rate.store(rate, ordering: .relaxed)
        // The same failure on each retry is news once.
        guard changed else { return }
        let place = mixer.timeline.place
        link.tell(
            Notice(
                kind: .output,
                request: place?.marker.request ?? 0,
                value: UInt64(rate),
                microseconds: place?.microseconds ?? 0
            )
        )
    }
}
