/// Takes a tar archive apart in whatever pieces it arrives: ustar and pax headers, and GNU's long names, since people may
/// pack a backup anew. Pure; memory is bounded by one header.
struct TarReader: Sendable {
    enum Event: Sendable, Equatable {
        case entry(TarEntry)
        /// The next bytes of the entry; none for an empty one.
        case data(ArraySlice<UInt8>)
        case endOfEntry
    }

    /// What is wrong with the archive, for people.
    struct Failure: Error, Equatable {
        var message: String
    }

    private enum State: Sendable {
        /// Can transition to all others.
        case header
        /// Names and records for the entry that follows.
        case extra(type: UInt8, left: Int)
        case data(left: Int)
        case padding(left: Int)
        /// After the empty block; whatever follows is filling.
        case ended
    }

    private static let longestExtra = 64 << 10
    private static let longestPath = 4_096

    private var state = State.header
    private var gathered: [UInt8] = []
    private var nextPath: String?
    private var nextSize: Int?

    /// Whether the archive came to its proper end.
    var isComplete: Bool { if case .ended = state { true } else { false } }

    mutating func feed(_ bytes: [UInt8], _ handle: (Event) throws -> Void) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch state {
            case .ended: return
            case .header:
                guard let block = gather(Tar.block, from: &rest) else { return }
                try begin(block, handle)
            case .extra(let type, let left):
                guard let block = gather(left, from: &rest) else { return }
                try note(block, type: type)
                let padding = Tar.padding(of: left)
                state = padding > 0 ? .padding(left: padding) : .header
            case .data(let left):
                let piece = rest.prefix(left)
                rest = rest.dropFirst(piece.count)
                try handle(.data(piece))
                state = .data(left: left - piece.count)
                if left == piece.count { try endEntry(handle) }
            case .padding(let left):
                let count = min(left, rest.count)
                rest = rest.dropFirst(count)
                state = left == count ? .header : .padding(left: left - count)
            }
        }
    }

    private var dataSize = 0

    private mutating func endEntry(_ handle: (Event) throws -> Void) throws {
        try handle(.endOfEntry)
        let padding = Tar.padding(of: dataSize)
        state = padding > 0 ? .padding(left: padding) : .header
    }

    /// A whole block of `count` bytes, once all of it is there.
    private mutating func gather(_ count: Int, from rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        let piece = rest.prefix(count - gathered.count)
        gathered += piece
        rest = rest.dropFirst(piece.count)
        guard gathered.count == count else { return nil }
        defer { gathered = [] }
        return gathered
    }

    private mutating func begin(_ block: [UInt8], _ handle: (Event) throws -> Void) throws {
        if block.allSatisfy({ $0 == 0 }) {
            state = .ended
            return
        }
        guard Self.octal(block[148..<156]) == Tar.checksum(of: block), Self.text(block[257..<262]) == "ustar" else {
            throw Failure(message: "it is damaged, or no tar archive")
        }
        guard let ownSize = Self.octal(block[124..<136]) else { throw Failure(message: "it is damaged") }
        let type = block[156]
        switch type {
        case UInt8(ascii: "x"), UInt8(ascii: "L"):
            guard (1...Self.longestExtra).contains(ownSize) else { throw Failure(message: "it is damaged") }
            state = .extra(type: type, left: ownSize)
        case UInt8(ascii: "g"):
            // Records for all entries: nothing that matters here.
            guard (0...Self.longestExtra).contains(ownSize) else { throw Failure(message: "it is damaged") }
            state = ownSize > 0 ? .extra(type: type, left: ownSize) : .header
        case 0, UInt8(ascii: "0"), UInt8(ascii: "5"):
            let size = type == UInt8(ascii: "5") ? 0 : nextSize ?? ownSize
            let entry = TarEntry(
                path: try Self.checked(nextPath ?? Self.path(of: block)),
                size: size,
                kind: type == UInt8(ascii: "5") ? .directory : .file,
                modified: Self.octal(block[136..<148]) ?? 0
            )
            (nextPath, nextSize) = (nil, nil)
            dataSize = size
            try handle(.entry(entry))
            if size > 0 { state = .data(left: size) } else { try endEntry(handle) }
        default: throw Failure(message: "it holds links or devices, which no backup of a box does")
        }
    }

    private mutating func note(_ bytes: [UInt8], type: UInt8) throws {
        if type == UInt8(ascii: "L") {
            nextPath = Self.text(bytes[...])
        } else if type == UInt8(ascii: "x") {
            var rest = bytes[...]
            while let space = rest.firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
                length > space - rest.startIndex + 1, length <= rest.count
            {
                let record = rest[(space + 1)..<(rest.startIndex + length - 1)]
                rest = rest[(rest.startIndex + length)...]
                guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { continue }
                let value = String(decoding: record[(equals + 1)...], as: UTF8.self)
                switch String(decoding: record[..<equals], as: UTF8.self) {
                case "path": nextPath = value
                case "size":
                    guard let size = Int(value), size >= 0 else { throw Failure(message: "it is damaged") }
                    nextSize = size
                default: break
                }
            }
        }
    }

    private static func path(of block: [UInt8]) -> String {
        let (name, prefix) = (text(block[0..<100]), text(block[345..<500]))
        // GNU's headers keep times where POSIX has the prefix.
        return prefix.isEmpty || block[263] == UInt8(ascii: " ") ? name : prefix + "/" + name
    }

    /// A path that stays below the directory it is unpacked in.
    private static func checked(_ path: String) throws -> String {
        var trimmed = path[...]
        while trimmed.hasPrefix("./") { trimmed = trimmed.dropFirst(2) }
        while trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
        // The directory itself, as `tar -c .` has it.
        if trimmed == "." || trimmed.isEmpty && !path.isEmpty { return "." }
        let parts = trimmed.split(separator: "/", omittingEmptySubsequences: false)
        guard trimmed.utf8.count <= longestPath, !trimmed.utf8.contains(0),
            parts.allSatisfy({ !["", ".", ".."].contains($0) }), !path.hasPrefix("/")
        else { throw Failure(message: "it holds a name that leads out of it") }
        return String(trimmed)
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// A number in octal digits, or in GNU's form for large ones.
    private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
        if let first = field.first, first == 0x80 {
            guard field.dropFirst().dropLast(7).allSatisfy({ $0 == 0 }) else { return nil }
            return field.suffix(7).reduce(0) { $0 << 8 | Int($1) }
        }
        let digits = text(field).filter { $0 != " " }
        return digits.isEmpty ? 0 : Int(digits, radix: 8)
    }
}
