import CALSA

/// What is at the other end of a PCM.
enum PCMPeer {
    /// A kernel device: it knows where it is, whatever the period.
    case hardware
    /// A kernel device behind libasound's own mixing (`dmix`, the default of many cards): that knows by the period where it
    /// is. What is taken back from it is taken out of the mix.
    case mixing
    /// A program: each filling up and each period is a message and wakes a thread on both sides.
    case server
    /// Plug-ins before either of them.
    case unknown

    var mayBeServer: Bool { self == .server || self == .unknown }

    init(of pcm: OpaquePointer) {
        switch snd_pcm_type(pcm) {
        case SND_PCM_TYPE_HW: self = .hardware
        case SND_PCM_TYPE_IOPLUG: self = .server
        default: self = Self(chain: PCMChain(of: pcm).names)
        }
    }

    /// Plug-ins that keep a state of their own from frame to frame, such as resamplers, make a device unknown.
    init(chain names: [String]) {
        guard names.last == PCMChain.hardware else {
            self = .unknown
            return
        }
        let between = Set(names.dropLast())
        if between.isSubset(of: [PCMChain.plug]) {
            self = .hardware
        } else if between.isSubset(of: [PCMChain.plug, PCMChain.softVolume, PCMChain.mixing]) {
            self = .mixing
        } else {
            self = .unknown
        }
    }
}
