import NIOCore

/// Base64 with padding (RFC 4648, section 4), which SwiftNIO does not have and Foundation has only for its own `Data`.
enum Base64 {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    /// The value of each character; 255 for those that are none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for value in 0..<64 { values[Int(alphabet.utf8Start[value])] = UInt8(value) }
        return values
    }()

    static func encode(_ bytes: ByteBuffer, to target: inout ByteBuffer) {
        let count = (bytes.readableBytes + 2) / 3 * 4
        target.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { output in
            bytes.withUnsafeReadableBytes { input in
                var position = 0
                for start in stride(from: 0, to: input.count, by: 3) {
                    let second = start + 1 < input.count ? input[start + 1] : 0
                    let third = start + 2 < input.count ? input[start + 2] : 0
                    let bits = Int(input[start]) << 16 | Int(second) << 8 | Int(third)
                    for digit in 0..<4 {
                        output[position + digit] = alphabet.utf8Start[bits >> (18 - 6 * digit) & 63]
                    }
                    if start + 2 >= input.count { output[position + 3] = UInt8(ascii: "=") }
                    if start + 1 >= input.count { output[position + 2] = UInt8(ascii: "=") }
                    position += 4
                }
            }
            return count
        }
    }

    /// - Returns: nil for what is no base64: other characters, a wrong length, padding in the wrong place.
    static func decode(_ text: ByteBuffer) -> ByteBuffer? {
        guard text.readableBytes % 4 == 0 else { return nil }
        var bytes = ByteBufferAllocator().buffer(capacity: text.readableBytes / 4 * 3)
        let isValid = text.withUnsafeReadableBytes { input in
            values.withUnsafeBufferPointer { values in
                var padding = 0
                while padding < 2, padding < input.count, input[input.count - 1 - padding] == UInt8(ascii: "=") {
                    padding += 1
                }
                let count = input.count - padding
                var isValid = true
                bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: input.count / 4 * 3) { output in
                    var (bits, pending, written) = (UInt32(0), 0, 0)
                    for position in 0..<count {
                        let value = values[Int(input[position])]
                        if value > 63 { isValid = false }
                        bits = bits << 6 | UInt32(value & 63)
                        pending += 6
                        guard pending >= 8 else { continue }
                        pending -= 8
                        output[written] = UInt8(truncatingIfNeeded: bits >> UInt32(pending))
                        written += 1
                    }
                    return written
                }
                return isValid
            }
        }
        return isValid ? bytes : nil
    }
}
