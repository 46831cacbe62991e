import NIOCore

/// `{"_placeholder":true,"num":0}`: how the JSON of a binary packet refers to its attachments.
enum Placeholders {
    /// The attachment that `argument` as a whole stands for.
    static func number(_ argument: ByteBuffer) -> Int? {
        var walk = Walk(limit: .max)
        var index = 0
        let isValid = walk.value(argument.readableBytesUInt8Span, &index)
        guard isValid, walk.isPlaceholder else { return nil }
        return walk.lastNumber
    }

    /// False when a placeholder anywhere in `argument` names an attachment that does not exist.
    static func areValid(in argument: ByteBuffer, attachments: Int) -> Bool {
        var walk = Walk(limit: attachments)
        var index = 0
        return walk.value(argument.readableBytesUInt8Span, &index)
    }

    /// A second pass over JSON that the scanner has passed, so depth and syntax are known to be good.
    private struct Walk {
        let limit: Int
        /// Of the value walked last.
        var isPlaceholder = false
        var lastNumber: Int?

        init(limit: Int) {
            self.limit = limit
        }

        mutating func value(_ bytes: borrowing Span<UInt8>, _ index: inout Int) -> Bool {
            isPlaceholder = false
            switch bytes[index] {
            case UInt8(ascii: "{"): return object(bytes, &index)
            case UInt8(ascii: "["): return array(bytes, &index)
            default: return JSONScanner.skipValue(bytes, &index)
            }
        }

        private mutating func array(_ bytes: borrowing Span<UInt8>, _ index: inout Int) -> Bool {
            index += 1
            while true {
                JSONScanner.skipSeparators(bytes, &index)
                if bytes[index] == UInt8(ascii: "]") { break }
                guard value(bytes, &index) else { return false }
            }
            index += 1
            isPlaceholder = false
            return true
        }

        private mutating func object(_ bytes: borrowing Span<UInt8>, _ index: inout Int) -> Bool {
            var marked = false
            var number: Int?
            index += 1
            while true {
                JSONScanner.skipSeparators(bytes, &index)
                if bytes[index] == UInt8(ascii: "}") { break }
                let key = index
                guard JSONScanner.skipValue(bytes, &index) else { return false }
                let keyEnd = index
                JSONScanner.skipSeparators(bytes, &index)
                let begin = index
                guard value(bytes, &index) else { return false }
                if JSONScanner.equals("\"_placeholder\"", bytes, key..<keyEnd) {
                    marked = JSONScanner.equals("true", bytes, begin..<index)
                } else if JSONScanner.equals("\"num\"", bytes, key..<keyEnd) {
                    number = JSONScanner.integer(bytes, begin..<index)
                }
            }
            index += 1
            if marked {
                guard let number, number < limit else { return false }
            }
            isPlaceholder = marked
            lastNumber = number
            return true
        }
    }
}
