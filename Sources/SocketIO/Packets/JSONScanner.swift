/// Finds where a JSON value (RFC 8259) ends, and refuses what is none, without building anything.
///
/// Arguments keep their exact bytes that way: 1 stays 1 and 1.0 stays 1.0, numbers beyond 2^53 survive, and the
/// cost is one pass. The bytes must be valid UTF-8, which the WebSocket layer has seen to.
enum JSONScanner {
    /// Containers may be nested this deep. The scanner is recursive, so this also bounds its stack.
    static let depthLimit = 256

    /// Moves `index` from the first byte of a value to the byte after it.
    ///
    /// - Returns: False when there is no valid value at `index`; `index` is then of no meaning.
    static func skipValue(_ bytes: borrowing Span<UInt8>, _ index: inout Int, depth: Int = 0) -> Bool {
        guard index < bytes.count else { return false }
        switch bytes[index] {
        case UInt8(ascii: "\""): return skipString(bytes, &index)
        case UInt8(ascii: "{"): return skipObject(bytes, &index, depth: depth + 1)
        case UInt8(ascii: "["): return skipArray(bytes, &index, depth: depth + 1)
        case UInt8(ascii: "t"): return skipLiteral("true", bytes, &index)
        case UInt8(ascii: "f"): return skipLiteral("false", bytes, &index)
        case UInt8(ascii: "n"): return skipLiteral("null", bytes, &index)
        default: return skipNumber(bytes, &index)
        }
    }

    static func skipWhitespace(_ bytes: borrowing Span<UInt8>, _ index: inout Int) {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    /// White space, commas and colons: the way to the next token of JSON that is known to be valid.
    static func skipSeparators(_ bytes: borrowing Span<UInt8>, _ index: inout Int) {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: ":"): index += 1
            default: return
            }
        }
    }

    static func equals(_ literal: StaticString, _ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard range.count == literal.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count where bytes[range.lowerBound + offset] != literal.utf8Start[offset] {
            return false
        }
        return true
    }

    /// An unsigned integer of at most 15 digits, which is what a JavaScript number holds exactly; else nil.
    static func integer(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard !range.isEmpty, range.count <= 15 else { return nil }
        var value = 0
        for index in range {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    /// True when `bytes` hold exactly one value and white space.
    static func isValue(_ bytes: borrowing Span<UInt8>) -> Bool {
        var index = 0
        skipWhitespace(bytes, &index)
        guard skipValue(bytes, &index) else { return false }
        skipWhitespace(bytes, &index)
        return index == bytes.count
    }

    private static func skipObject(_ bytes: borrowing Span<UInt8>, _ index: inout Int, depth: Int) -> Bool {
        guard depth <= depthLimit else { return false }
        index += 1
        skipWhitespace(bytes, &index)
        if skip(UInt8(ascii: "}"), bytes, &index) { return true }
        while true {
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\""), skipString(bytes, &index) else {
                return false
            }
            skipWhitespace(bytes, &index)
            guard skip(UInt8(ascii: ":"), bytes, &index) else { return false }
            skipWhitespace(bytes, &index)
            guard skipValue(bytes, &index, depth: depth) else { return false }
            skipWhitespace(bytes, &index)
            if skip(UInt8(ascii: "}"), bytes, &index) { return true }
            guard skip(UInt8(ascii: ","), bytes, &index) else { return false }
            skipWhitespace(bytes, &index)
        }
    }

    private static func skipArray(_ bytes: borrowing Span<UInt8>, _ index: inout Int, depth: Int) -> Bool {
        guard depth <= depthLimit else { return false }
        index += 1
        skipWhitespace(bytes, &index)
        if skip(UInt8(ascii: "]"), bytes, &index) { return true }
        while true {
            guard skipValue(bytes, &index, depth: depth) else { return false }
            skipWhitespace(bytes, &index)
            if skip(UInt8(ascii: "]"), bytes, &index) { return true }
            guard skip(UInt8(ascii: ","), bytes, &index) else { return false }
            skipWhitespace(bytes, &index)
        }
    }

    private static func skipString(_ bytes: borrowing Span<UInt8>, _ index: inout Int) -> Bool {
        index += 1
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"):
                guard skipEscape(bytes, &index) else { return false }
            case 0x00...0x1F: return false
            default: break
            }
        }
        return false
    }

    private static func skipEscape(_ bytes: borrowing Span<UInt8>, _ index: inout Int) -> Bool {
        guard index < bytes.count else { return false }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return true
        case UInt8(ascii: "u"):
            guard index + 4 <= bytes.count else { return false }
            for _ in 0..<4 {
                guard hexValue(bytes[index]) != nil else { return false }
                index += 1
            }
            return true
        default:
            return false
        }
    }

    private static func skipNumber(_ bytes: borrowing Span<UInt8>, _ index: inout Int) -> Bool {
        _ = skip(UInt8(ascii: "-"), bytes, &index)
        if !skip(UInt8(ascii: "0"), bytes, &index) {
            guard skipDigits(bytes, &index) else { return false }
        }
        if skip(UInt8(ascii: "."), bytes, &index) {
            guard skipDigits(bytes, &index) else { return false }
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if !skip(UInt8(ascii: "+"), bytes, &index) { _ = skip(UInt8(ascii: "-"), bytes, &index) }
            guard skipDigits(bytes, &index) else { return false }
        }
        return true
    }

    /// At least one digit.
    private static func skipDigits(_ bytes: borrowing Span<UInt8>, _ index: inout Int) -> Bool {
        let start = index
        while index < bytes.count, bytes[index] >= UInt8(ascii: "0"), bytes[index] <= UInt8(ascii: "9") {
            index += 1
        }
        return index > start
    }

    private static func skipLiteral(
        _ literal: StaticString,
        _ bytes: borrowing Span<UInt8>,
        _ index: inout Int
    ) -> Bool {
        let end = index + literal.utf8CodeUnitCount
        guard end <= bytes.count, equals(literal, bytes, index..<end) else { return false }
        index = end
        return true
    }

    private static func skip(_ byte: UInt8, _ bytes: borrowing Span<UInt8>, _ index: inout Int) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    static func hexValue(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
