/// One member of a tar archive: a regular file or a directory.
struct TarEntry: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case file
        case directory
    }

    /// Relative, without a slash at either end.
    var path: String
    /// Bytes; 0 for a directory.
    var size: Int
    var kind = Kind.file
    /// Seconds since 1970.
    var modified = 0
}

/// The format of a tar archive as POSIX has it (pax; ustar headers, and records before those whose values do not fit).
enum Tar {
    static let block = 512
    /// Two empty blocks.
    static let end = [UInt8](repeating: 0, count: 2 * block)

    /// What fills the last block of a file.
    static func padding(of size: Int) -> Int { (block - size % block) % block }

    /// The header of an entry, with the records that it needs before it.
    static func header(of entry: TarEntry) -> [UInt8] {
        var records: [UInt8] = []
        let path = entry.path + (entry.kind == .directory ? "/" : "")
        if path.utf8.count > 100 || !path.utf8.allSatisfy({ $0 < 0x80 }) { records += record("path", path) }
        if entry.size > 0o77777777777 { records += record("size", String(entry.size)) }
        let own = ustar(path, size: entry.size, type: entry.kind == .file ? "0" : "5", modified: entry.modified)
        guard !records.isEmpty else { return own }
        let before = ustar("pax/record", size: records.count, type: "x", modified: entry.modified)
        return before + records + [UInt8](repeating: 0, count: padding(of: records.count)) + own
    }

    /// `LENGTH key=value\n`, where the length counts itself.
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count
        while String(length).utf8.count + rest.utf8.count != length {
            length = String(length).utf8.count + rest.utf8.count
        }
        return Array("\(length)\(rest)".utf8)
    }

    private static func ustar(_ path: String, size: Int, type: Unicode.Scalar, modified: Int) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: block)
        func put(_ text: String, at offset: Int, _ length: Int) {
            for (index, byte) in text.utf8.prefix(length).enumerated() { header[offset + index] = byte }
        }
        func put(octal number: Int, at offset: Int, _ digits: Int) {
            let text = String(max(0, number), radix: 8)
            put(String(repeating: "0", count: max(0, digits - text.count)) + text.suffix(digits), at: offset, digits)
        }
        put(path, at: 0, 100)
        put(octal: type == "5" ? 0o755 : 0o644, at: 100, 7)
        put(octal: 0, at: 108, 7)
        put(octal: 0, at: 116, 7)
        put(octal: size > 0o77777777777 ? 0 : size, at: 124, 11)
        put(octal: modified, at: 136, 11)
        header[156] = UInt8(ascii: type)
        put("ustar", at: 257, 5)
        put("00", at: 263, 2)
        put(octal: checksum(of: header), at: 148, 6)
        header[155] = UInt8(ascii: " ")
        return header
    }

    /// The sum of all bytes, those of the sum itself taken as spaces.
    static func checksum(of header: some Collection<UInt8>) -> Int {
        header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 0x20 : Int($1.element)) }
    }
}
