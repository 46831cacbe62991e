import Audio
import MusicBoxAPI

extension AudioStatistics {
    /// `audio` of the diagnostics.
    var json: JSONValue {
        .object([
            "xruns": .int(xruns),
            "underfeeds": .int(underfeeds),
            "decode_errors": .int(decodeErrors),
            "buffer_fill_ms": .int(bufferFillMs),
            "device_delay_ms": .int(deviceDelayMs),
            "resampled_from_rate": resampledFromRate.map { .int($0) } ?? .null,
            "realtime": .bool(isRealtime),
            "output": output.json,
            "mixer": mixer.json,
        ])
    }
}

extension MixerState {
    fileprivate var json: JSONValue {
        switch self {
        case .unused: .object(["state": .string("unused")])
        case .missing(let reason): .object(["state": .string("missing"), "reason": .string(reason)])
        case .used(let control):
            .object([
                "state": .string("used"),
                "control": .string(control.control),
                "decibels": control.decibels.map { .double($0) } ?? .null,
                "obeys": .bool(control.obeys),
                "set_back": .int(control.setBack),
            ])
        }
    }
}

extension OutputState {
    /// Why nothing is heard, and what helps; nil when sound comes out.
    var problem: String? {
        switch self {
        case .playing: nil
        case .starting: "the sound card is being opened"
        case .silent(let reason): "playing silently: \(reason)"
        case .lost(let reason): "the sound card is missing, playing goes on when it returns: \(reason)"
        }
    }

    fileprivate var json: JSONValue {
        switch self {
        case .starting: .object(["state": .string("starting")])
        case .silent(let reason): .object(["state": .string("silent"), "reason": .string(reason)])
        case .lost(let reason): .object(["state": .string("lost"), "reason": .string(reason)])
        case .playing(let device):
            .object([
                "state": .string("open"),
                "device": .string(device.device),
                "rate": .int(device.rate),
                "format": .string(device.format),
                "channels": .int(device.channels),
                "period_frames": .int(device.periodFrames),
                "buffer_frames": .int(device.bufferFrames),
            ])
        }
    }
}
