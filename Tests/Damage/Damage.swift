/// Damaged copies of a good audio file. A number alone decides what is done to it, so that every find can be made again.
package struct Damage {
    private let good: [UInt8]
    private var random: SplitMix

    package static func apply(_ number: UInt64, to good: [UInt8]) -> [UInt8] {
        var damage = Damage(good: good, random: SplitMix(state: number))
        return damage.make(kind: Int(number % 10))
    }

    private mutating func make(kind: Int) -> [UInt8] {
        var bytes = good
        guard bytes.count > 64 else { return bytes }
        switch kind {
        case 0: flip(1 + pick(200), in: 0..<bytes.count, of: &bytes)
        case 1: flip(1 + pick(12), in: 0..<min(512, bytes.count), of: &bytes)
        case 2: flip(1 + pick(40), in: 0..<min(8192, bytes.count), of: &bytes)
        case 3: bytes.removeLast(1 + pick(bytes.count - 1))
        case 4:
            let hole = slice(of: bytes)
            for index in hole { bytes[index] = UInt8(pick(256)) }
        case 5:
            let hole = slice(of: bytes)
            let value: UInt8 = pick(2) == 0 ? 0 : 0xff
            for index in hole { bytes[index] = value }
        case 6:
            if pick(2) == 0 {
                bytes.removeSubrange(slice(of: bytes))
            } else {
                bytes.insert(contentsOf: good[slice(of: bytes)], at: pick(bytes.count))
            }
        case 7:
            for _ in 0...pick(4) { extremes(of: &bytes) }
        case 8: headers(of: &bytes)
        default: bytes = Oversize.apply(pick(Oversize.kinds), to: bytes)
        }
        return bytes
    }

    private mutating func pick(_ bound: Int) -> Int { Int(random.next() % UInt64(max(1, bound))) }

    private mutating func slice(of bytes: [UInt8]) -> Range<Int> {
        let start = pick(bytes.count)
        return start..<min(bytes.count, start + 1 + pick(bytes.count / 8 + 1))
    }

    private mutating func flip(_ count: Int, in range: Range<Int>, of bytes: inout [UInt8]) {
        for _ in 0..<count { bytes[range.lowerBound + pick(range.count)] ^= 1 << UInt8(pick(8)) }
    }

    /// The numbers that lengths and counts are least prepared for, somewhere among the headers.
    private mutating func extremes(of bytes: inout [UInt8]) {
        let values: [[UInt8]] = [
            [0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [0x7f, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0x7f],
            [0x80, 0, 0, 0],
            [0, 0, 0, 1], [1, 0, 0, 0], [0, 0x0f, 0x42, 0x40], [0x40, 0x42, 0x0f, 0],
        ]
        let value = values[pick(values.count)]
        let place = pick(min(4096, bytes.count - 4))
        bytes.replaceSubrange(place..<place + 4, with: value)
    }

    /// No channels, 255 channels, a rate of 1 MHz or none, where the formats keep these.
    private mutating func headers(of bytes: inout [UInt8]) {
        // What a header begins with, and from there: the channels (bytes), the rate (bytes, little endian or big).
        let places: [(mark: String, channels: Range<Int>, rate: Range<Int>, isLittle: Bool)] = [
            ("fmt ", 10..<12, 12..<16, true), ("OpusHead", 9..<10, 12..<16, true),
            ("\u{1}vorbis", 11..<12, 12..<16, true),
            ("mp4a", 20..<22, 28..<30, false), ("alac", 20..<22, 28..<30, false), ("fLaC", 20..<21, 18..<21, false),
            ("OpusHead", 18..<19, 10..<12, true), ("esds", 12..<14, 20..<24, false),
        ]
        let rates = [0, 1_000_000, 0xffff_ffff, 1]
        let (channels, rate) = ([0, 255, 0xffff, 64][pick(4)], rates[pick(4)])
        let what = 1 + pick(3)
        for place in places {
            let mark = Array(place.mark.utf8)
            guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) else { continue }
            if what & 1 != 0 { put(channels, at: place.channels, from: start, place.isLittle, &bytes) }
            if what & 2 != 0 { put(rate, at: place.rate, from: start, place.isLittle, &bytes) }
        }
        if bytes[0] == 0xff || bytes.starts(with: Array("ID3".utf8)) { flip(3, in: 0..<4, of: &bytes) }
    }

    private func put(_ value: Int, at range: Range<Int>, from start: Int, _ isLittle: Bool, _ bytes: inout [UInt8]) {
        for (index, place) in range.enumerated() where start + place < bytes.count {
            let shift = 8 * (isLittle ? index : range.count - 1 - index)
            bytes[start + place] = UInt8(truncatingIfNeeded: value >> shift)
        }
    }
}

/// Steele, Lea and Flood: "Fast splittable pseudorandom number generators", 2014.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
