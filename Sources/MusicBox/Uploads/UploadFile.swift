import Glibc
import Synchronization

/// The bytes of one session and its record on the disk. Blocking: every method belongs on a thread that may block.
///
/// One lock: whoever writes a chunk holds it for each piece, so that a client that sends a chunk again (its phone slept,
/// the old connection hangs) takes the place of the old one between two pieces and never mixes with it.
final class UploadFile: Sendable {
    private struct State {
        var descriptor: Int32
        /// Who may write each chunk that is on its way.
        var writers: [Int: Int] = [:]
        var recordLines: Int
        var unsaved = 0
    }

    /// How much may be lost by a power cut, in bytes; less means more waiting for the disk.
    static let saveInterval = 32 << 20

    let path: String
    let recordPath: String
    private let state: Mutex<State>

    /// - Parameters:
    ///   - path: of the bytes; made if need be.
    ///   - recordLines: how many lines the record has after its head.
    init(path: String, recordPath: String, recordLines: Int) throws {
        self.path = path
        self.recordPath = recordPath
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw DiskFile.failure("open", path) }
        state = Mutex(State(descriptor: descriptor, recordLines: recordLines))
    }

    deinit { close() }

    /// From here on nothing is written any more.
    func close() {
        state.withLock { state in
            if state.descriptor >= 0 { Glibc.close(state.descriptor) }
            state.descriptor = -1
        }
    }

    /// Makes `writer` the one who writes this chunk, whoever did before.
    ///
    /// - Parameter isReceived: the chunk is there already: until it is whole again it is not.
    func begin(chunk: Int, isReceived: Bool, writer: Int) throws {
        try state.withLock { state in
            guard state.descriptor >= 0 else { throw BoxError.conflict("the upload has ended") }
            // Of two that come at once the younger one stays.
            guard state.writers[chunk].map({ $0 < writer }) ?? true else { return }
            if isReceived { try append(.forgotten(chunk: chunk), &state) }
            state.writers[chunk] = writer
        }
    }

    /// - Throws: ``BoxError/conflict(_:)`` for a writer whose place was taken.
    func write(_ bytes: [UInt8], at offset: Int, chunk: Int, writer: Int) throws {
        try state.withLock { state in
            guard state.writers[chunk] == writer, state.descriptor >= 0 else {
                throw BoxError.conflict("chunk \(chunk) is being sent again by another request")
            }
            try DiskFile.write(bytes[...], at: offset, to: state.descriptor, path: path)
        }
    }

    /// The chunk is there.
    func finish(chunk: Int, length: Int, writer: Int, atMs now: Int) throws {
        let (descriptor, lines) = try state.withLock { state -> (Int32, Int?) in
            guard state.writers[chunk] == writer, state.descriptor >= 0 else {
                throw BoxError.conflict("chunk \(chunk) is being sent again by another request")
            }
            state.writers[chunk] = nil
            try append(.received(chunk: chunk, atMs: now), &state)
            state.unsaved += length
            guard state.unsaved >= Self.saveInterval else { return (-1, nil) }
            state.unsaved = 0
            // A descriptor of its own: the session may end while the disk works.
            return (dup(state.descriptor), state.recordLines)
        }
        guard let lines, descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        guard fdatasync(descriptor) == 0 else { throw DiskFile.failure("save", path) }
        try note(.durable(lines: lines))
    }

    /// The writer gives up; nothing happens if its place was taken.
    func abandon(chunk: Int, writer: Int) {
        state.withLock { if $0.writers[chunk] == writer { $0.writers[chunk] = nil } }
    }

    /// Appends to the record.
    func note(_ line: UploadRecord.Line) throws { try state.withLock { try append(line, &$0) } }

    /// Appends to the record, durable at return.
    func save(_ line: UploadRecord.Line) throws {
        try note(line)
        try DiskFile.synchronize(recordPath)
    }

    private func append(_ line: UploadRecord.Line, _ state: inout State) throws {
        try DiskFile.append(Array(line.text.utf8), to: recordPath)
        state.recordLines += 1
    }
}
