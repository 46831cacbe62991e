import FoundationEssentials

/// The first file of a backup: what it is, so that nothing else is taken for one.
struct BackupManifest: Sendable, Equatable, Codable {
    static let name = "musicbox-backup.json"
    /// The last file of a backup: the SHA-256 of all others, as `sha256sum --check` reads them.
    static let sumsName = "SHA256SUMS"
    static let format = "musicbox-backup"
    /// Raised when an older box could not use it any more.
    static let currentVersion = 1

    var format = Self.format
    var version = Self.currentVersion
    /// ISO 8601.
    var createdAt: String

    enum CodingKeys: String, CodingKey {
        case format, version
        case createdAt = "created_at"
    }

    init(createdMs: Int) {
        createdAt = Date(timeIntervalSince1970: Double(createdMs) / 1000).formatted(.iso8601)
    }

    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A structure of texts and numbers can always be encoded.
        return Array((try? encoder.encode(self)) ?? Data()) + [UInt8(ascii: "\n")]
    }

    /// - Throws: ``TarReader/Failure`` when this is no backup, or one that this program cannot use.
    static func check(_ json: [UInt8]) throws {
        guard let manifest = try? JSONDecoder().decode(BackupManifest.self, from: Data(json)), manifest.format == format
        else { throw TarReader.Failure(message: "it is no backup of a Musicbox") }
        guard manifest.version <= currentVersion else {
            throw TarReader.Failure(message: "it was made by a newer version of Musicbox: update this box first")
        }
    }

    /// A line of the sums, as sha256sum(1) writes them: a name with a line break or a backslash is marked and escaped.
    static func sum(_ digest: String, _ path: String) -> [UInt8] {
        guard path.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\n") }) else {
            return Array("\(digest)  \(path)\n".utf8)
        }
        let escaped = path.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return Array("\\\(digest)  \(escaped)\n".utf8)
    }

    /// SHA-256 by path; lines that are none are left out.
    static func sums(_ text: [UInt8]) -> [String: String] {
        var sums: [String: String] = [:]
        for bytes in text.split(separator: UInt8(ascii: "\n")) {
            var line = Substring(String(decoding: bytes, as: UTF8.self))
            let isEscaped = line.hasPrefix("\\")
            if isEscaped { line = line.dropFirst() }
            guard line.utf8.count > 66 else { continue }
            let path = String(line.dropFirst(66))
            sums[isEscaped ? unescaped(path) : path] = String(line.prefix(64))
        }
        return sums
    }

    private static func unescaped(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let first = rest.popFirst() {
            if first == "\\", let second = rest.popFirst() {
                result.append(second == "n" ? "\n" : second)
            } else {
                result.append(first)
            }
        }
        return result
    }
}
