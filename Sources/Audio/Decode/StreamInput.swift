import CFFmpeg
import CLinux
import Glibc
import Synchronization
import Threads

/// Bytes from an http(s) address: a radio station, or an episode of a podcast. A thread of its own (`stream`) asks for
/// them and keeps up to half a megabyte at hand, so that neither a slow name server nor a stalled line ever holds up the
/// decoder thread. It connects again when the line is cut, waiting longer each time; an episode goes on at the byte
/// where it was cut.
///
/// The thread is not joined: a look-up of a name cannot be given up. It ends by itself soon after `close`.
final class StreamInput: Sendable {
    static let capacity = 512 << 10
    /// From here on a decoder can work for a while: a second or two of sound.
    static let readyBytes = 16 << 10

    /// In milliseconds.
    private static let patience = 10_000
    private static let firstPause = 250
    private static let longestPause = 8000
    /// Without a byte for so long it is given up.
    private static let giveUpAfter = 60_000
    /// Until the first byte ever.
    private static let giveUpFirstAfter = 20_000
    /// An episode that is cut this often at the same byte has no more to give.
    private static let maximumAttempts = 5

    let url: String
    private let state = Mutex(State())
    /// Wakes the thread: there is room, or something else is wanted.
    private let room = Wakeup()
    /// Wakes whoever is in the middle of reading.
    private let data = Wakeup()
    /// Told when `status` changes in a way that matters.
    private let listener: Wakeup
    private let closed = Atomic<Bool>(false)
    private let seeking = Atomic<Bool>(false)
    /// CLOCK_MONOTONIC, in ns: what the thread waits for now is given up then.
    private let deadline = Atomic<UInt64>(0)

    struct Status: Equatable {
        var bytes = 0
        /// Nothing will come any more.
        var isOver = false
        var failure: AudioError?
        /// What a station says it plays.
        var title: String?

        /// There is enough to decode for a while, or all there will be.
        var isReady: Bool { bytes >= StreamInput.readyBytes || isOver }
    }

    private struct State {
        var status = Status()
        var bytes: [UInt8] = []
        /// Number of the first of `bytes` in the resource.
        var offset = 0
        var wanted: Int?
        /// In bytes; nil for what has no end, or does not tell.
        var size: Int?
        var isSeekable = false
        /// Says what it plays: a station. Its end is a cut.
        var isLive = false
    }

    init(url: String, listener: Wakeup) {
        self.url = url
        self.listener = listener
        WorkerThread(name: "stream") { [self] in run() }.detach()
    }

    var status: Status { state.withLock { $0.status } }
    var size: Int? { state.withLock { $0.size } }
    var isSeekable: Bool { state.withLock { $0.isSeekable && $0.size != nil } }

    /// Ends the thread. What it has not fetched is never fetched.
    func close() {
        closed.store(true, ordering: .sequentiallyConsistent)
        room.signal()
        data.signal()
    }

    private var isClosed: Bool { closed.load(ordering: .sequentiallyConsistent) }

    // MARK: The reading side

    /// Up to `count` bytes, waiting for the first of them. 0 at the end, -errno, or FFmpeg's code for an interruption.
    func read(into target: UnsafeMutablePointer<UInt8>, count: Int, interrupt: Interrupt) -> Int32 {
        while true {
            if interrupt.isRaised || isClosed { return cffmpeg_error_exit }
            let answer: Int32? = state.withLock { state in
                if !state.bytes.isEmpty, state.wanted == nil {
                    let taken = min(count, state.bytes.count)
                    state.bytes.withUnsafeBufferPointer { bytes in
                        if let base = bytes.baseAddress { target.update(from: base, count: taken) }
                    }
                    state.bytes.removeFirst(taken)
                    state.offset += taken
                    state.status.bytes = state.bytes.count
                    return Int32(taken)
                }
                if state.status.failure != nil { return -EIO }
                return state.status.isOver ? 0 : nil
            }
            if let answer {
                room.signal()
                return answer
            }
            data.wait(milliseconds: 100)
        }
    }

    /// Goes on with another byte; false if that is not possible.
    func seek(to offset: Int) -> Bool {
        let isPossible: Bool = state.withLock { state in
            if offset >= state.offset, offset <= state.offset + state.bytes.count, state.wanted == nil {
                state.bytes.removeFirst(offset - state.offset)
                state.offset = offset
                state.status.bytes = state.bytes.count
                return true
            }
            guard state.isSeekable, let size = state.size, offset <= size else { return false }
            state.bytes = []
            state.offset = offset
            state.wanted = offset
            state.status.bytes = 0
            state.status.isOver = false
            state.status.failure = nil
            seeking.store(true, ordering: .sequentiallyConsistent)
            return true
        }
        room.signal()
        return isPossible
    }

    // MARK: The thread

    private func run() {
        avformat_network_init()
        var line = Line()
        defer { line.close() }
        let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: 16 << 10)
        defer { buffer.deallocate() }
        while !isClosed {
            if let offset = takeWanted() {
                line.close()
                line.place = offset
                line.rest()
            }
            if line.context == nil {
                let code = connect(&line)
                guard code >= 0 else {
                    recover(&line, code)
                    continue
                }
            }
            guard hasRoom else {
                room.wait()
                continue
            }
            arm()
            let count = avio_read_partial(line.context, buffer, 16 << 10)
            if count > 0 {
                line.place += Int(count)
                line.rest()
                line.hasReceived = true
                push(UnsafeBufferPointer(start: buffer, count: Int(count)))
                if let title = title(of: line.context) { tell { $0.title = title } }
                continue
            }
            line.close()
            if isComplete(line.place, count) { finish(nil, line.place) } else { recover(&line, count) }
        }
    }

    /// The connection, and how patient it still is. The thread's own.
    private struct Line {
        var context: UnsafeMutablePointer<AVIOContext>?
        /// Number of the next byte.
        var place = 0
        var hasReceived = false
        var attempts = 0
        var pause = StreamInput.firstPause
        var lastByteAt = clinux_monotonic_ns()

        mutating func close() { avio_closep(&context) }

        mutating func rest() {
            attempts = 0
            pause = StreamInput.firstPause
            lastByteAt = clinux_monotonic_ns()
        }
    }

    private var hasRoom: Bool { state.withLock { $0.bytes.count < Self.capacity - (16 << 10) || $0.wanted != nil } }

    private func takeWanted() -> Int? {
        state.withLock { state in
            defer { state.wanted = nil }
            seeking.store(false, ordering: .sequentiallyConsistent)
            return state.wanted
        }
    }

    private func arm() {
        let time = clinux_monotonic_ns() + UInt64(Self.patience) * 1_000_000
        deadline.store(time, ordering: .relaxed)
    }

    private func connect(_ line: inout Line) -> Int32 {
        var options: OpaquePointer?
        av_dict_set(&options, "protocol_whitelist", "http,https,tcp,tls", 0)
        av_dict_set(&options, "user_agent", "Musicbox", 0)
        // Without this FFmpeg takes any certificate for any host.
        av_dict_set(&options, "tls_verify", "1", 0)
        // As OpenSSL's programs have it: other authorities than the system's.
        if let authorities = getenv("SSL_CERT_FILE") { av_dict_set(&options, "ca_file", authorities, 0) }
        let isLive = state.withLock { $0.isLive }
        if isLive { line.place = 0 }
        if line.place > 0 { av_dict_set_int(&options, "offset", Int64(line.place), 0) }
        var callback = AVIOInterruptCB(
            callback: { opaque in
                guard let opaque else { return 0 }
                let input = Unmanaged<StreamInput>.fromOpaque(opaque).takeUnretainedValue()
                let isLate = clinux_monotonic_ns() > input.deadline.load(ordering: .relaxed)
                return isLate || input.isClosed || input.seeking.load(ordering: .relaxed) ? 1 : 0
            },
            opaque: Unmanaged.passUnretained(self).toOpaque()
        )
        arm()
        cffmpeg_clear_message()
        let code = avio_open2(&line.context, url, AVIO_FLAG_READ, &callback, &options)
        av_dict_free(&options)
        guard code >= 0, let context = line.context else { return code }
        let size = avio_size(context)
        let headers = text(of: context, "icy_metadata_headers") ?? ""
        state.withLock { state in
            if line.place == 0 || size > 0 { state.size = size > 0 ? Int(size) : nil }
            state.isSeekable = context.pointee.seekable & AVIO_SEEKABLE_NORMAL != 0
            state.isLive = headers.lowercased().contains("icy-") && state.size == nil
        }
        return code
    }

    /// Whether the end of the line is the end of the resource.
    private func isComplete(_ place: Int, _ code: Int32) -> Bool {
        state.withLock { state in
            if let size = state.size { return place >= size }
            // Without a length nobody can tell a cut from an end, but a station has none.
            return code == cffmpeg_error_eof && !state.isLive
        }
    }

    /// Waits before the next attempt, or gives up.
    private func recover(_ line: inout Line, _ code: Int32) {
        guard !isClosed, !seeking.load(ordering: .relaxed) else { return }
        line.attempts += 1
        let silent = Int((clinux_monotonic_ns() - line.lastByteAt) / 1_000_000)
        let hasSize = state.withLock { $0.size != nil }
        if line.hasReceived, hasSize, line.attempts > Self.maximumAttempts || code == cffmpeg_error_http_client {
            return finish(nil, line.place)
        }
        // The code of a certificate that is not good is that of any fault.
        let isUntrusted = line.context == nil && String(cString: cffmpeg_last_message()).contains("ertificate")
        // EINVAL: a protocol that is not to be spoken.
        let isHopeless =
            code == cffmpeg_error_protocol || code == -EINVAL || cffmpeg_is_http_refusal(code) != 0 || isUntrusted
        if isHopeless || silent > (line.hasReceived ? Self.giveUpAfter : Self.giveUpFirstAfter) {
            let reason = isUntrusted ? "the server's certificate is not to be trusted" : nil
            return finish(Self.failure(url, code, reason), line.place)
        }
        let end = clinux_monotonic_ns() + UInt64(line.pause) * 1_000_000
        line.pause = min(line.pause * 2, Self.longestPause)
        while !isClosed, !seeking.load(ordering: .relaxed) {
            let now = clinux_monotonic_ns()
            guard now < end else { break }
            room.wait(milliseconds: Int32((end - now) / 1_000_000 + 1))
        }
    }

    /// Nothing more comes; only a seek makes it go on.
    private func finish(_ failure: AudioError?, _ place: Int) {
        tell {
            $0.isOver = true
            $0.failure = failure
        }
        data.signal()
        while !isClosed, !seeking.load(ordering: .relaxed) { room.wait() }
    }

    private func push(_ bytes: UnsafeBufferPointer<UInt8>) {
        state.withLock { state in
            // Of another place by now.
            guard state.wanted == nil else { return }
            state.bytes.append(contentsOf: bytes)
        }
        tell { _ in }
        data.signal()
    }

    /// Changes the status, and wakes the listener if it can do something now that it could not do before.
    private func tell(_ change: (inout Status) -> Void) {
        let matters: Bool = state.withLock { state in
            let before = state.status
            change(&state.status)
            state.status.bytes = state.bytes.count
            return state.status.isReady != before.isReady || state.status.title != before.title
                || state.status.isOver != before.isOver
        }
        if matters { listener.signal() }
    }

    // MARK: What stations say

    private func title(of context: UnsafeMutablePointer<AVIOContext>?) -> String? {
        guard let packet = text(of: context, "icy_metadata_packet") else { return nil }
        return Self.title(inPacket: packet)
    }

    /// "StreamTitle='A song';StreamUrl='';": the quotes are not escaped inside.
    static func title(inPacket packet: String) -> String? {
        guard let start = packet.firstRange(of: "StreamTitle='") else { return nil }
        let rest = packet[start.upperBound...]
        let end = rest.firstRange(of: "';")?.lowerBound ?? rest.lastIndex(of: "'") ?? rest.endIndex
        return TagText.line(String(rest[..<end])) ?? ""
    }

    private func text(of context: UnsafeMutablePointer<AVIOContext>?, _ option: String) -> String? {
        guard let context else { return nil }
        var value: UnsafeMutablePointer<UInt8>?
        guard av_opt_get(context, option, AV_OPT_SEARCH_CHILDREN, &value) >= 0, let value else { return nil }
        defer { av_free(value) }
        let bytes = UnsafeBufferPointer(
            start: value,
            count: strnlen(UnsafePointer<CChar>(OpaquePointer(value)), 16 << 10)
        )
        return String(validating: bytes, as: UTF8.self)
            ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    private static func failure(_ url: String, _ code: Int32, _ reason: String?) -> AudioError {
        let reason = reason ?? (code == cffmpeg_error_exit ? "no answer" : FFmpegLibrary.text(code))
        return AudioError(code: .unreachable, message: "cannot play \(quoted(url)): \(reason)")
    }
}
