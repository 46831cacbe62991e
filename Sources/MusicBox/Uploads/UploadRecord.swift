import FoundationEssentials

/// What is kept of a session in a file beside its bytes, so that it survives a restart: lines that are only appended. A
/// line that a power cut left half is as if it had not been written.
///
/// After a power cut the record may know of chunks whose bytes never reached the disk. Therefore it says in which life of
/// the system they were written, and up to where the bytes were made durable: chunks of an earlier life count only up to
/// there.
struct UploadRecord: Sendable, Equatable {
    enum Line: Sendable, Equatable {
        /// What follows was written in this life of the system.
        case boot(String)
        case received(chunk: Int, atMs: Int)
        case forgotten(chunk: Int)
        /// The bytes of everything in the first `lines` lines are durable.
        case durable(lines: Int)
        /// A file is about to be moved into the store; relative to `media/`.
        case storing(path: String)
        case completed(trackIDs: [String])
        case failed(String)
    }

    private struct Head: Codable {
        var id: String
        var playlistID: String
        var filename: String
        var fileSize: Int
        var chunkSize: Int
        var fileHash: String?
        var createdMs: Int
    }

    var session: UploadSession
    /// Where files of the session may lie in the store.
    var stored: [String] = []
    var lines = 0

    static func head(of session: UploadSession) throws -> [UInt8] {
        let head = Head(
            id: session.id,
            playlistID: session.playlistID,
            filename: session.filename,
            fileSize: session.fileSize,
            chunkSize: session.chunkSize,
            fileHash: session.fileHash,
            createdMs: session.createdMs
        )
        return Array(try JSONEncoder().encode(head)) + [UInt8(ascii: "\n")]
    }

    /// - Parameter boot: the life of the system that reads this.
    /// - Returns: nil for what is no record, or one that its session cannot have written.
    init?(_ bytes: [UInt8], boot: String) {
        // The last line has no end when it was cut off.
        var texts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        guard let first = texts.popFirst(), let head = try? JSONDecoder().decode(Head.self, from: Data(first)),
            head.fileSize > 0, head.chunkSize > 0
        else { return nil }
        session = UploadSession(
            id: head.id,
            playlistID: head.playlistID,
            filename: head.filename,
            fileSize: head.fileSize,
            chunkSize: head.chunkSize,
            fileHash: head.fileHash,
            createdMs: head.createdMs
        )
        let parsed = texts.map { Line(String(decoding: $0, as: UTF8.self)) }
        lines = parsed.count
        let durable = parsed.reduce(0) { if case .durable(let lines)? = $1 { max($0, lines) } else { $0 } }
        var isThisLife = false
        for (index, line) in parsed.enumerated() {
            switch line {
            case .boot(let life): isThisLife = life == boot
            case .received(let chunk, let now):
                guard isThisLife || index < durable, (0..<session.totalChunks).contains(chunk) else { continue }
                session.note(chunk: chunk, atMs: now)
            case .forgotten(let chunk): session.forget(chunk: chunk)
            case .storing(let path): stored.append(path)
            case .completed(let trackIDs): session.status = .completed(trackIDs: trackIDs)
            case .failed(let message): session.status = .failed(message)
            case .durable, nil: break
            }
        }
    }
}

extension UploadRecord.Line {
    /// One line with its end.
    var text: String {
        switch self {
        case .boot(let life): "boot \(life)\n"
        case .received(let chunk, let now): "received \(chunk) \(now)\n"
        case .forgotten(let chunk): "forgotten \(chunk)\n"
        case .durable(let lines): "durable \(lines)\n"
        case .storing(let path): "storing \(path)\n"
        case .completed(let trackIDs): "completed \(trackIDs.joined(separator: " "))\n"
        case .failed(let message): "failed \(message.split(whereSeparator: \.isNewline).joined(separator: " "))\n"
        }
    }

    /// - Parameter text: without its end. Nil for a line that means nothing.
    init?(_ text: String) {
        let word = text.prefix { $0 != " " }
        let rest = text.dropFirst(word.count + 1)
        let numbers = rest.split(separator: " ").map { Int($0) }
        switch (word, numbers.first ?? nil) {
        case ("boot", _): self = .boot(String(rest))
        case ("received", let chunk?):
            guard numbers.count == 2, let now = numbers[1] else { return nil }
            self = .received(chunk: chunk, atMs: now)
        case ("forgotten", let chunk?): self = .forgotten(chunk: chunk)
        case ("durable", let lines?): self = .durable(lines: lines)
        case ("storing", _) where !rest.isEmpty: self = .storing(path: String(rest))
        case ("completed", _): self = .completed(trackIDs: rest.split(separator: " ").map(String.init))
        case ("failed", _): self = .failed(String(rest))
        default: return nil
        }
    }
}
