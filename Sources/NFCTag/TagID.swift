/// The unique identifier of an ISO/IEC 14443-3 type A tag: 4, 7 or 10 bytes (ISO/IEC 14443-3, 6.5.4).
///
/// Kept inline in 12 bytes, so that comparing and copying one costs no allocation.
package struct TagID: Hashable, Sendable, LosslessStringConvertible {
    /// The lengths that ISO/IEC 14443-3 allows: single, double and triple size.
    package static let lengths = [4, 7, 10]

    /// Bytes 0 to 7, the first in the highest place.
    private let head: UInt64
    /// Bytes 8 and 9.
    private let tail: UInt16
    /// Length in bytes.
    package let count: UInt8

    /// Returns nil unless there are 4, 7 or 10 bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard Self.lengths.contains(bytes.count) else { return nil }
        var head: UInt64 = 0
        var tail: UInt16 = 0
        for (index, byte) in bytes.enumerated() {
            if index < 8 {
                head |= UInt64(byte) << (56 - 8 * index)
            } else {
                tail |= UInt16(byte) << (72 - 8 * index)
            }
        }
        self.head = head
        self.tail = tail
        count = UInt8(bytes.count)
    }

    /// Reads hexadecimal of any case, with an optional `:`, `-` or space between two bytes.
    ///
    /// Returns nil for anything else: people type these, and a wrong identifier must not silently become another one.
    package init?(_ text: String) {
        var bytes: [UInt8] = []
        var high: UInt8?
        var separated = true  // no separator may come first, nor two in a row
        for character in text.utf8 {
            switch (Self.nibble(character), high) {
            case (let digit?, let first?):
                bytes.append(first << 4 | digit)
                high = nil
                separated = false
            case (let digit?, nil):
                guard bytes.count < 10 else { return nil }
                high = digit
            case (nil, nil) where !separated && Self.isSeparator(character):
                separated = true
            default:
                return nil
            }
        }
        guard high == nil, !separated else { return nil }
        self.init(bytes: bytes)
    }

    /// The bytes in the order they come over the air.
    package var bytes: [UInt8] {
        (0..<Int(count)).map { index in
            index < 8
                ? UInt8(truncatingIfNeeded: head >> (56 - 8 * index))
                : UInt8(truncatingIfNeeded: tail >> (72 - 8 * index))
        }
    }

    /// True for a random identifier (4 bytes, the first 08; ISO/IEC 14443-3, 6.5.4).
    ///
    /// Phones, passports and most bank cards make a new one at each touch, so binding one to a playlist never works.
    package var isRandom: Bool { count == 4 && head >> 56 == 0x08 }

    /// Lower-case hexadecimal without separators, as used on the wire and in the database.
    package var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: 2 * Int(count)) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[2 * index] = digits[Int(byte >> 4)]
                buffer[2 * index + 1] = digits[Int(byte & 15)]
            }
            return 2 * Int(count)
        }
    }

    private static func nibble(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func isSeparator(_ character: UInt8) -> Bool {
        character == UInt8(ascii: ":") || character == UInt8(ascii: "-") || character == UInt8(ascii: " ")
    }
}
