import NIOCore

/// JSON strings to and from Swift's, for the names that the protocol itself has to understand.
enum JSONString {
    /// Appends `text` in quotes, with what JSON demands escaped and nothing else.
    static func write(_ text: String, to buffer: inout ByteBuffer) {
        let hexDigits: StaticString = "0123456789abcdef"
        buffer.writeInteger(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                buffer.writeInteger(UInt8(ascii: "\\"))
                buffer.writeInteger(byte)
            case 0x00...0x1F:
                buffer.writeStaticString("\\u00")
                buffer.writeInteger(hexDigits.utf8Start[Int(byte >> 4)])
                buffer.writeInteger(hexDigits.utf8Start[Int(byte & 0xF)])
            default:
                buffer.writeInteger(byte)
            }
        }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    /// The text of a string that ``JSONScanner`` has passed, quotes included. Lone surrogates become U+FFFD.
    static func text(of quoted: ByteBuffer) -> String {
        let content = quoted.readableBytesView.dropFirst().dropLast()
        guard content.contains(UInt8(ascii: "\\")) else { return String(decoding: content, as: UTF8.self) }
        var units: [UInt16] = []
        var rest = Substring(String(decoding: content, as: UTF8.self)).utf16
        while let unit = rest.popFirst() {
            guard unit == UInt16(UInt8(ascii: "\\")), let escape = rest.popFirst() else {
                units.append(unit)
                continue
            }
            switch UInt8(truncatingIfNeeded: escape) {
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0C)
            case UInt8(ascii: "n"): units.append(0x0A)
            case UInt8(ascii: "r"): units.append(0x0D)
            case UInt8(ascii: "t"): units.append(0x09)
            case UInt8(ascii: "u"):
                let digits = rest.prefix(4)
                rest = rest.dropFirst(4)
                units.append(digits.reduce(0) { $0 << 4 | (JSONScanner.hexValue(UInt8(truncatingIfNeeded: $1)) ?? 0) })
            default: units.append(escape)
            }
        }
        return String(decoding: units, as: UTF16.self)
    }
}
