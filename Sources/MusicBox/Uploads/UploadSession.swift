/// One file that comes in chunks: which of them are there, and what became of it. Pure; sizes in bytes, chunks counted
/// from 0, times in milliseconds since 1970.
package struct UploadSession: Sendable, Equatable {
    package enum Status: Sendable, Equatable {
        /// Can transition to: uploading.
        case pending
        /// Can transition to: completed, failed.
        case uploading
        /// The file is in the library. Final.
        case completed(trackIDs: [String])
        /// The file cannot become a track; why, for people. Final.
        case failed(String)
    }

    package let id: String
    package let playlistID: String
    package let filename: String
    package let fileSize: Int
    package let chunkSize: Int
    package let fileHash: String?
    package let createdMs: Int
    package internal(set) var status = Status.pending
    package private(set) var received: Set<Int> = []
    package private(set) var bytesReceived = 0
    /// When the client was heard last.
    package private(set) var activeMs: Int

    /// How long a session waits for a client that says nothing: a night with the phone switched off, and more.
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
        self.activeMs = createdMs
    }

    package var expiresMs: Int { activeMs + Self.lifetimeMs }
    package var totalChunks: Int { (fileSize + chunkSize - 1) / chunkSize }
    package var missing: [Int] { (0..<totalChunks).filter { !received.contains($0) } }
    package var isWhole: Bool { received.count == totalChunks }
    /// 0...100.
    package var progressPercent: Double { Double(bytesReceived) / Double(fileSize) * 100 }

    /// Whether chunks may still come.
    package var isOpen: Bool {
        switch status {
        case .pending, .uploading: true
        case .completed, .failed: false
        }
    }

    /// How long the chunk is: only the last one may be shorter than the chunk size.
    package func length(ofChunk index: Int) -> Int { min(chunkSize, fileSize - index * chunkSize) }

    /// - Throws: ``BoxError/invalid(_:)`` when there is no such chunk.
    func check(chunk index: Int) throws {
        guard (0..<totalChunks).contains(index) else {
            throw BoxError.invalid("chunk \(index) is outside 0 to \(totalChunks - 1) of \"\(filename)\"")
        }
    }

    /// - Throws: ``BoxError/invalid(_:)`` when there is no such chunk, or it has another length.
    func check(chunk index: Int, length: Int) throws {
        try check(chunk: index)
        guard length == self.length(ofChunk: index) else {
            throw BoxError.invalid(
                "chunk \(index) of \"\(filename)\" must have \(self.length(ofChunk: index)) bytes, not \(length)"
            )
        }
    }

    mutating func note(chunk index: Int, atMs now: Int) {
        if received.insert(index).inserted { bytesReceived += length(ofChunk: index) }
        status = .uploading
        activeMs = max(activeMs, now)
    }

    /// The chunk is being sent again, or what was written of it cannot be relied on.
    mutating func forget(chunk index: Int) {
        if received.remove(index) != nil { bytesReceived -= length(ofChunk: index) }
    }
}
