import Glibc

/// The date of a response; RFC 9110, section 5.6.7 (IMF-fixdate): `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    static func now() -> String { text(of: time(nil)) }

    /// - Parameter seconds: since 1970-01-01, UTC.
    static func text(of seconds: time_t) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            // The names of days and months are English: the program never sets a locale.
            strftime(base, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            return String(cString: base)
        }
    }
}
