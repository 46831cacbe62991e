/// What becomes of the hardware's volume control.
package enum MixerState: Sendable, Equatable {
    /// The volume is made in the samples alone, as configured.
    case unused
    /// There is no control to be had; the volume is made in the samples until there is.
    case missing(reason: String)
    case used(MixerDescription)
}

/// The control in use.
package struct MixerDescription: Sendable, Equatable {
    /// As ALSA calls it, for example `Digital`.
    package var control: String
    /// Where it stands, as it says itself; nil where the driver knows no decibels.
    package var decibels: Double?
    /// Whether it stands where it was set; the samples make up for it where it does not.
    package var obeys: Bool
    /// How often something else had changed it and it was set back.
    package var setBack: Int
}
