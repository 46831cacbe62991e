/// One chunk on its way to its place in the file: written piece by piece as it comes, whatever its size. Made by
/// ``UploadStore/begin(chunk:of:playlistID:)``; ends with `finish` or `abandon` of the store.
package struct ChunkWriting: Sendable {
    /// Small pieces are gathered: each write costs a change of thread.
    private static let pieceSize = 256 << 10

    let sessionID: String
    let chunk: Int
    /// How long the chunk has to be, in bytes.
    package let length: Int
    let start: Int
    let writer: Int
    let file: UploadFile
    let files: any FileWork
    private var written = 0
    private var gathered: [UInt8] = []

    init(session: UploadSession, chunk: Int, writer: Int, file: UploadFile, files: any FileWork) {
        self.sessionID = session.id
        self.chunk = chunk
        self.length = session.length(ofChunk: chunk)
        self.start = chunk * session.chunkSize
        self.writer = writer
        self.file = file
        self.files = files
    }

    /// How many bytes have come.
    package var count: Int { written + gathered.count }

    /// - Throws: ``BoxError/invalid(_:)`` when it is more than the chunk has.
    package mutating func write(_ bytes: some Sequence<UInt8>) async throws {
        gathered.append(contentsOf: bytes)
        guard count <= length else {
            throw BoxError.invalid("chunk \(chunk) must have \(length) bytes, and more came")
        }
        if gathered.count >= Self.pieceSize { try await flush() }
    }

    /// - Throws: ``BoxError/invalid(_:)`` when bytes are missing.
    mutating func flush(atEnd: Bool = false) async throws {
        if atEnd, count != length {
            throw BoxError.invalid("chunk \(chunk) must have \(length) bytes, not \(count)")
        }
        let (piece, offset, file, chunk, writer) = (gathered, start + written, file, chunk, writer)
        written += piece.count
        gathered = []
        try await files.run { try file.write(piece, at: offset, chunk: chunk, writer: writer) }
    }
}
