import CALSA
import CLinux
import Glibc
import Synchronization
import Threads

/// Looks at devices, for people who set the box up.
package enum AudioDevices {
    /// A PCM that ALSA offers for playback.
    package struct Entry: Sendable, Equatable {
        /// As `audio.device` takes it.
        package var name: String
        package var description: String
    }

    /// All PCMs that ALSA knows by configuration and cards.
    package static func list() -> [Entry] {
        var entries: [Entry] = []
        ALSALibrary.withConfiguration(reload: true) {
            var hints: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
            guard snd_device_name_hint(-1, "pcm", &hints) >= 0, let hints else { return }
            defer { snd_device_name_free_hint(hints) }
            var index = 0
            while let hint = hints[index] {
                index += 1
                // No direction means both.
                guard let name = text(hint, "NAME"), text(hint, "IOID") != "Input" else { continue }
                let lines = (text(hint, "DESC") ?? "").split(separator: "\n").joined(separator: ", ")
                entries.append(Entry(name: name, description: lines))
            }
        }
        return entries
    }

    /// Opens and negotiates a device, and plays a tone through the code that plays music.
    ///
    /// - Returns: what was negotiated, and how much later than one second the tone ended, in milliseconds.
    package static func playTone(
        _ configuration: AudioConfiguration,
        hertz: Double = 440
    ) throws(AudioError) -> (output: OutputDescription, excessMs: Int) {
        let link = OutputLink()
        let thread = WorkerThread(name: "audio-out") {
            var output = OutputThread(link: link, configuration: configuration)
            output.run()
        }
        defer {
            link.setTransport(TransportWord(isPlaying: false, epoch: 2, start: link.ring.writeIndex))
            link.close()
            thread.join()
        }
        var output: OutputDescription?
        var begin: UInt64 = 0
        let deadline = clinux_monotonic_ns() + 10_000_000_000
        while clinux_monotonic_ns() < deadline {
            link.decoderWakeup.wait(milliseconds: 100)
            while let notice = link.notices.pop() {
                switch notice.kind {
                case .output:
                    switch link.outputState.withLock({ $0 }) {
                    case .playing(let opened):
                        output = opened
                        begin = clinux_monotonic_ns()
                        feedTone(link, rate: opened.rate, hertz: hertz)
                    case .silent(let reason), .lost(let reason):
                        throw AudioError(code: .deviceUnavailable, message: reason)
                    case .starting: break
                    }
                case .finished:
                    guard let output else { break }
                    return (output, Int((clinux_monotonic_ns() - begin) / 1_000_000) - 1000)
                default: break
                }
            }
        }
        throw AudioError(
            code: .deviceLost,
            message: "audio device \"\(configuration.pcmName)\" opened but did not play a second of sound in ten"
        )
    }

    /// One second at -12 dB, with soft ends.
    private static func feedTone(_ link: OutputLink, rate: Int, hertz: Double) {
        var marker = Marker(
            kind: .load,
            epoch: 1,
            serial: 1,
            request: 1,
            index: 0,
            position: 0,
            duration: Int64(rate),
            rate: Int32(rate)
        )
        link.setTransport(TransportWord(isPlaying: true, epoch: 1, start: 0))
        _ = link.markers.push(marker)
        var samples: [Float] = []
        samples.reserveCapacity(2 * rate)
        let edge = Double(rate) / 100
        for frame in 0..<rate {
            let envelope = min(1, Double(frame) / edge, Double(rate - frame) / edge)
            let value = Float(0.25 * envelope * sin(2 * .pi * hertz * Double(frame) / Double(rate)))
            samples.append(value)
            samples.append(value)
        }
        _ = samples.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { link.ring.write($0, count: rate) }
        }
        marker.kind = .end
        marker.serial = 2
        marker.index = UInt64(rate)
        _ = link.markers.push(marker)
        link.outputWakeup.signal()
    }

    private static func text(_ hint: UnsafeMutableRawPointer, _ key: String) -> String? {
        guard let value = snd_device_name_get_hint(hint, key) else { return nil }
        defer { free(value) }
        return String(cString: value)
    }
}
