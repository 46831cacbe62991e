import Testing

@testable import Audio

@Suite struct DecibelRangeTests {
    /// A card that amplifies, one that only attenuates, one that says its own level is not full scale.
    @Test(arguments: [(-10_239, 400, 0), (-6_000, 0, 0), (-6_400, -200, -200), (0, 2_400, 2_400)])
    func topIsFullScaleWhereThereIsOne(lowest: Int, highest: Int, top: Int) {
        let range = DecibelRange(lowest: lowest, highest: highest)
        #expect(range.top == top)
        #expect(range.setting(forGain: 1) == top)
    }

    /// Whatever step the control takes, both together make the volume.
    @Test(arguments: [1, 5, 10, 37, 50, 80, 99, 100])
    func hardwareAndSamplesMakeTheVolume(percent: Int) {
        let range = DecibelRange(lowest: -5_100, highest: 0)
        let gain = Volume.gain(percent: percent, muted: false)
        // A control of 1 dB steps that rounds up, as asked.
        let wanted = range.setting(forGain: gain)
        let setting = min(0, -(-wanted / 100) * 100)
        let rest = range.rest(ofGain: gain, at: setting)
        let heard = Float(Double.powerOfTen(Double(setting) / 2000)) * rest
        #expect(rest <= 1)
        #expect(abs(heard - gain) < gain * 1e-3)
    }

    @Test func fullVolumeLeavesTheSamplesAlone() {
        let range = DecibelRange(lowest: -5_000, highest: 600)
        #expect(range.rest(ofGain: 1, at: range.setting(forGain: 1)) == 1)
    }

    @Test func nothingIsLowestAndSilent() {
        let range = DecibelRange(lowest: -9_999_999, highest: 0)
        #expect(range.setting(forGain: 0) == -9_999_999)
        #expect(range.rest(ofGain: 0, at: -9_999_999) == 0)
    }

    /// The samples cannot make up for a control that stands too low, and do not try to.
    @Test func samplesNeverAmplify() {
        #expect(DecibelRange(lowest: -5_000, highest: 0).rest(ofGain: 1, at: -2_000) == 1)
    }
}

@Suite struct ControlChoiceTests {
    private func candidate(_ name: String, _ range: (Int, Int)?) -> ControlChoice.Candidate {
        .init(name: name, range: range.map { DecibelRange(lowest: $0.0, highest: $0.1) })
    }

    @Test func autoTakesTheWidestRange() {
        let card = [
            candidate("Boost", (0, 3_000)), candidate("Analogue", (-600, 0)), candidate("Digital", (-10_350, 0)),
        ]
        #expect(ControlChoice.best(of: card, wish: "auto") == 2)
    }

    @Test func amongWideOnesTheWholeOutputGoesBeforeAPart() {
        let card = [
            candidate("Headphone", (-7_000, 0)), candidate("Master", (-6_500, 0)), candidate("PCM", (-9_000, 0)),
        ]
        #expect(ControlChoice.best(of: card, wish: "auto") == 1)
    }

    @Test func autoTakesNothingWithoutDecibels() {
        #expect(ControlChoice.best(of: [candidate("Master", nil)], wish: "auto") == nil)
        #expect(ControlChoice.best(of: [candidate("Trim", (-1_200, 600))], wish: "auto") == nil)
        #expect(ControlChoice.best(of: [], wish: "auto") == nil)
    }

    @Test func aNameIsTakenAsItIs() {
        let card = [candidate("Master", nil), candidate("Digital", (-6_000, 0))]
        #expect(ControlChoice.best(of: card, wish: "Master") == 0)
        #expect(ControlChoice.best(of: card, wish: "master") == nil)
    }

    @Test(arguments: [
        ("default", "default"), ("pulse", "pulse"), ("hw:1,0", "hw:1"), ("plughw:CARD=DAC,DEV=0", "hw:DAC"),
        ("sysdefault:CARD=sndrpihifiberry", "hw:sndrpihifiberry"), ("strange:", "strange:"), ("x:FILE=a", "x:FILE=a"),
    ])
    func controlsBelongToTheCardOfThePCM(pcm: String, control: String) {
        #expect(ControlChoice.controlDevice(ofPCM: pcm) == control)
    }
}

@Suite struct SetBackTests {
    /// Five times at once, then once a second for as long as the fight lasts.
    @Test func aFightIsSlowedDown() {
        var setBack = SetBack()
        for blow in 0..<5 { #expect(setBack.differs(at: UInt64(blow) * 1_000) == .now) }
        #expect(setBack.differs(at: 5_000) == .later(4_000 + SetBack.truce))
        #expect(setBack.differs(at: 4_000 + SetBack.truce) == .now)
        #expect(setBack.differs(at: 5_000 + SetBack.truce) == .later(4_000 + 2 * SetBack.truce))
        #expect(setBack.count == 6)
    }

    @Test func rareChangesAreAlwaysSetBackAtOnce() {
        var setBack = SetBack()
        for blow in 0..<50 { #expect(setBack.differs(at: UInt64(blow) * 3_000_000_000) == .now) }
    }
}
