/// Checks UTF-8 (RFC 3629) that arrives in pieces: no overlong forms, no surrogates, nothing above U+10FFFF.
struct UTF8Validator {
    private var remaining: UInt8 = 0
    /// What the next continuation byte may be: narrower than 0x80...0xBF after E0, ED, F0 and F4.
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    /// False in the middle of a character.
    var isComplete: Bool { remaining == 0 }

    /// Takes the next bytes of the text. False: they can never be part of valid UTF-8.
    mutating func consume(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            if remaining == 0 {
                // Nearly all text on these sockets is ASCII: eight bytes at a time.
                while index + 8 <= bytes.count,
                    bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                {
                    index += 8
                }
                guard index < bytes.count else { return true }
                guard begin(with: bytes[index]) else { return false }
            } else {
                let byte = bytes[index]
                guard byte >= lowest, byte <= highest else { return false }
                (lowest, highest) = (0x80, 0xBF)
                remaining -= 1
            }
            index += 1
        }
        return true
    }

    private mutating func begin(with byte: UInt8) -> Bool {
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: remaining = 1
        case 0xE0...0xEF:
            remaining = 2
            if byte == 0xE0 { lowest = 0xA0 }
            if byte == 0xED { highest = 0x9F }
        case 0xF0...0xF4:
            remaining = 3
            if byte == 0xF0 { lowest = 0x90 }
            if byte == 0xF4 { highest = 0x8F }
        default: return false
        }
        return true
    }
}
