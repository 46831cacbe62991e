/// What a device was given and has not played yet is taken back when something else is wanted: a pause, a seek, another
/// track or another volume is heard as soon as it is asked for, however full the buffer.
extension OutputThread {
    /// How many of the frames that the device holds it could give back.
    func rewindable(_ device: borrowing OutputDevice, _ level: OutputDevice.Level) -> Int {
        guard device.isRunning, device.givesBack, let reserve = device.format.rewindReserve else { return 0 }
        let queued = device.format.bufferFrames - level.room
        return max(0, min(queued - reserve, mixer.rewindable - pendingFrames))
    }

    /// Takes back what can be had if what sounds is no longer wanted, or not at this volume. What is made instead follows on
    /// what is left.
    mutating func rewind(_ device: inout OutputDevice, _ level: inout OutputDevice.Level) {
        guard mixer.urgency == .toClose || mixer.hasNewGain else { return }
        let frames = rewindable(device, level)
        guard frames > 0 else { return }
        let taken = device.rewind(frames)
        guard taken > 0 else { return }
        mixer.rewind(by: taken + pendingFrames)
        pendingFrames = 0
        level.room += taken
        level.delay -= taken
    }
}
