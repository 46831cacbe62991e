import MusicBoxAPI

/// Takes the content of one field out of a multipart/form-data body (RFC 7578) as it streams by, knowing how long that
/// content is. Pure: bytes go in, the bytes of the field come out. What stands before and after it is bounded.
struct MultipartField {
    private enum State {
        case before
        case content(left: Int)
        case after
    }

    /// What may stand before the content: headers, and other fields of a form.
    static let maximumPreamble = 16 << 10

    private let delimiter: [UInt8]
    private let name: String
    private var state = State.before
    private var held: [UInt8] = []
    private let length: Int

    /// - Parameters:
    ///   - contentType: the header of the request; nil is returned when it is not multipart/form-data.
    ///   - name: of the field.
    ///   - length: of its content in bytes.
    init?(contentType: String?, name: String, length: Int) throws {
        guard let contentType, contentType.lowercased().hasPrefix("multipart/form-data") else { return nil }
        guard let boundary = Self.parameter("boundary", of: contentType), (1...70).contains(boundary.utf8.count) else {
            throw APIFailure(.validation, "the multipart body has no boundary")
        }
        self.delimiter = Array("--\(boundary)".utf8)
        self.name = name
        self.length = length
    }

    /// - Returns: the bytes of the field in `bytes`.
    /// - Throws: `validation_error` when there is no such field, or its content has another length.
    mutating func take(_ bytes: [UInt8]) throws -> [UInt8] {
        switch state {
        case .before:
            held += bytes
            guard let start = try contentStart() else {
                guard held.count <= Self.maximumPreamble else { throw missing }
                return []
            }
            let rest = Array(held[start...])
            held = []
            state = .content(left: length)
            return try take(rest)
        case .content(let left):
            guard bytes.count > left else {
                state = .content(left: left - bytes.count)
                return bytes
            }
            state = .after
            _ = try take(Array(bytes[left...]))
            return Array(bytes[..<left])
        case .after:
            // Enough to see that the field ends here; further fields do not matter.
            if held.count < delimiter.count + 2 { held += bytes.prefix(delimiter.count + 2 - held.count) }
            let end = [13, 10] + delimiter
            guard end.starts(with: held) else {
                throw APIFailure(.validation, "the field \"\(name)\" must have \(length) bytes, and has more")
            }
            return []
        }
    }

    /// To be called at the end of the body.
    func finish() throws {
        switch state {
        case .before: throw missing
        case .content(let left):
            if left > 0 {
                throw APIFailure(.validation, "the field \"\(name)\" must have \(length) bytes, and has fewer")
            }
        case .after:
            guard held.count == delimiter.count + 2 else {
                throw APIFailure(.validation, "the multipart body is cut off")
            }
        }
    }

    private var missing: APIFailure { APIFailure(.validation, "the multipart body has no field \"\(name)\"") }

    /// Where the content of the field begins in what is held; nil when that has not come yet.
    private func contentStart() throws -> Int? {
        var position = 0
        while let part = held.firstRange(of: delimiter, from: position) {
            guard let end = held.firstRange(of: [13, 10, 13, 10], from: part) else { return nil }
            let headers = String(decoding: held[(part + delimiter.count)..<end], as: UTF8.self)
            let disposition = headers.split(whereSeparator: \.isNewline)
                .first { $0.lowercased().hasPrefix("content-disposition:") }
            if let disposition, Self.parameter("name", of: String(disposition)) == name { return end + 4 }
            position = end + 4
        }
        return nil
    }

    /// `name="value"` or `name=value` in a header.
    private static func parameter(_ name: String, of header: String) -> String? {
        for piece in header.split(separator: ";").dropFirst() {
            let pair = piece.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].filter({ $0 != " " }).lowercased() == name else { continue }
            let value = pair[1].drop { $0 == " " }
            guard value.first == "\"" else { return String(value.prefix { $0 != " " }) }
            return String(value.dropFirst().prefix { $0 != "\"" })
        }
        return nil
    }
}

extension [UInt8] {
    /// Where `pattern` begins first, at or after `start`.
    fileprivate func firstRange(of pattern: [UInt8], from start: Int) -> Int? {
        guard count - start >= pattern.count else { return nil }
        return (start...(count - pattern.count)).first { self[$0..<($0 + pattern.count)].elementsEqual(pattern) }
    }
}
