/// The header of an MPEG audio layer III frame (ISO/IEC 11172-3, 2.4.1.3; the low rates of 13818-3 and "2.5").
struct MP3FrameHeader: Equatable {
    /// Bytes of the frame, header included.
    let size: Int
    /// Samples per channel that it decodes to.
    let samples: Int
    /// In Hz.
    let rate: Int
    /// In kbit/s.
    let bitRate: Int

    private static let bitRates1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    private static let bitRates2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
    private static let rates = [44_100, 48_000, 32_000]

    /// Nil if the four bytes are no such header; files of a free bit rate are not told from noise and count as none.
    init?(_ bytes: UnsafeRawBufferPointer.SubSequence) {
        guard bytes.count >= 4 else { return nil }
        let start = bytes.startIndex
        let second = bytes[start + 1]
        let third = bytes[start + 2]
        guard bytes[start] == 0xff, second & 0xe0 == 0xe0, second & 0x06 == 0x02 else { return nil }
        let version = Int(second >> 3 & 3)
        let bitRateIndex = Int(third >> 4)
        let rateIndex = Int(third >> 2 & 3)
        guard version != 1, (1...14).contains(bitRateIndex), rateIndex < 3 else { return nil }
        let isFirst = version == 3
        bitRate = isFirst ? Self.bitRates1[bitRateIndex] : Self.bitRates2[bitRateIndex]
        rate = Self.rates[rateIndex] / (isFirst ? 1 : version == 2 ? 2 : 4)
        samples = isFirst ? 1152 : 576
        size = samples / 8 * bitRate * 1000 / rate + Int(third >> 1 & 1)
    }
}
