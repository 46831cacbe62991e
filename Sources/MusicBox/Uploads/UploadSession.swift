/// One file that comes in chunks: which of them are there. Pure; sizes in bytes, chunks counted from 0.
package struct UploadSession: Sendable, Equatable {
    package enum Status: Sendable, Equatable {
        case pending, uploading, completed
    }

    package let id: String
    package let playlistID: String
    package let filename: String
    package let fileSize: Int
    package let chunkSize: Int
    package let fileHash: String?
    /// Milliseconds since 1970.
    package let createdMs: Int
    package internal(set) var expiresMs: Int
    package internal(set) var status = Status.pending
    package private(set) var received: Set<Int> = []

    package static let lifetimeMs = 24 * 3_600 * 1_000

    init(
        id: String,
        playlistID: String,
        filename: String,
        fileSize: Int,
        chunkSize: Int,
        fileHash: String?,
        createdMs: Int
    ) {
        self.id = id
        self.playlistID = playlistID
        self.filename = filename
        self.fileSize = fileSize
        self.chunkSize = chunkSize
        self.fileHash = fileHash
        self.createdMs = createdMs
        self.expiresMs = createdMs + Self.lifetimeMs
    }

    package var totalChunks: Int { (fileSize + chunkSize - 1) / chunkSize }
    package var missing: [Int] { (0..<totalChunks).filter { !received.contains($0) } }
    package var bytesReceived: Int { received.reduce(0) { $0 + length(ofChunk: $1) } }

    /// How long the chunk is: only the last one may be shorter than the chunk size.
    package func length(ofChunk index: Int) -> Int { min(chunkSize, fileSize - index * chunkSize) }

    /// - Throws: ``BoxError/invalid(_:)`` when there is no such chunk, or it has another length.
    func check(chunk index: Int, length: Int) throws {
        guard (0..<totalChunks).contains(index) else {
            throw BoxError.invalid("chunk \(index) is outside 0 to \(totalChunks - 1) of \"\(filename)\"")
        }
        guard length == self.length(ofChunk: index) else {
            throw BoxError.invalid(
                "chunk \(index) of \"\(filename)\" must have \(self.length(ofChunk: index)) bytes, not \(length)"
            )
        }
    }

    mutating func note(chunk index: Int) {
        received.insert(index)
        status = .uploading
    }
}
