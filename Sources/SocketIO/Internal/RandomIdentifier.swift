/// Ids of sessions and sockets.
enum RandomIdentifier {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    /// 20 characters that are safe in a URL, 120 bits from the system's generator: a session id is a bearer secret,
    /// who knows it speaks for the session.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(unsafeUninitializedCapacity: 20) { characters in
            for half in 0..<2 {
                var bits: UInt64 = generator.next()
                for position in 0..<10 {
                    characters[half * 10 + position] = alphabet.utf8Start[Int(bits & 63)]
                    bits >>= 6
                }
            }
            return 20
        }
    }
}
