import MusicLibrary
import Testing

@testable import MusicBox

/// An engine as the `Audio` module is one, seen from its doors: one current file, one prepared behind it, reports that
/// arrive late but in order.
private struct ModelEngine {
    struct File {
        var request: PlayRequest
        var durationMs: Int
        var isBroken: Bool
        var positionMs: Int
        var hasStarted = false
    }

    var current: File?
    var next: File?
    var isPlaying = false
    var reports: [SoundReport] = []
    /// Requests are never used twice.
    var lastRequest: UInt64 = 0

    var heard: SoundPosition? {
        current.map { SoundPosition(request: $0.request.id, positionMs: $0.positionMs) }
    }

    mutating func carryOut(_ action: PlayerAction, files: Files) throws {
        switch action {
        case .load(let request):
            try note(request)
            next = nil
            current = files.open(request)
            isPlaying = true
            failIfBroken()
        case .prepareNext(let request):
            if let request { try note(request) }
            guard current != nil else { return }
            next = request.map { files.open($0) }
            guard let file = next, file.isBroken else { return }
            reports.append(.failed(request: file.request.id, message: file.request.path))
            next = nil
        case .pause:
            isPlaying = false
            if let current { reports.append(.paused(request: current.request.id, positionMs: current.positionMs)) }
        case .resume: isPlaying = true
        case .stop: (current, next) = (nil, nil)
        case .seek(let positionMs):
            guard let file = current else { return }
            let landed = min(positionMs, file.durationMs)
            current?.positionMs = landed
            reports.append(.seeked(request: file.request.id, positionMs: landed))
        default: break
        }
    }

    private mutating func note(_ request: PlayRequest) throws {
        try #require(request.id > lastRequest, "request ids grow")
        lastRequest = request.id
    }

    private mutating func failIfBroken() {
        guard let file = current, file.isBroken else { return }
        reports.append(.failed(request: file.request.id, message: file.request.path))
        current = nil
    }

    mutating func pass(_ milliseconds: Int) {
        guard isPlaying, let file = current else { return }
        if !file.hasStarted {
            current?.hasStarted = true
            reports.append(.started(request: file.request.id, durationMs: file.durationMs, firstWriteNanoseconds: 1))
            return
        }
        current?.positionMs = min(file.positionMs + milliseconds, file.durationMs)
        guard current?.positionMs == file.durationMs else { return }
        current = next
        next = nil
        if current == nil {
            reports.append(.finished(request: file.request.id))
        } else {
            pass(0)
        }
    }
}

/// What lies in the media directory.
private struct Files {
    var durations: [String: Int?] = [:]

    func open(_ request: PlayRequest) -> ModelEngine.File {
        let duration = durations[request.path].flatMap { $0 }
        return ModelEngine.File(
            request: request,
            durationMs: duration ?? 0,
            isBroken: duration == nil,
            positionMs: request.positionMs
        )
    }
}

/// Many things happening to a player in any order, held against what must always be true.
@Suite struct PlayerWalkTests {
    private struct Walk {
        var machine = PlayerMachine(mediaDirectory: "/media", volume: 50, muted: false, maxVolume: 70)
        var engine = ModelEngine()
        var files = Files()
        var random: SeededGenerator
        var playlists: [Playlist] = []

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            for name in ["p", "q", "r"] {
                let tracks = (1...Int.random(in: 1...5, using: &random)).map {
                    Track.sample(name, $0, durationMs: 9_000)
                }
                playlists.append(.sample(name, tracks: tracks))
                for number in 1...9 { files.durations["/media/\(name)/\(number).mp3"] = 9_000 }
                files.durations["/media/\(name)/2.mp3"] = .some(nil)
            }
        }

        mutating func step() throws {
            switch Int.random(in: 0..<100, using: &random) {
            case ..<35: engine.pass(Int.random(in: 0...4_000, using: &random))
            case ..<70: try deliver()
            case ..<74: try edit()
            default: try command()
            }
        }

        mutating func deliver() throws {
            guard !engine.reports.isEmpty else { return }
            let actions =
                switch engine.reports.removeFirst() {
                case .started(let request, _, _): machine.started(request: request)
                case .paused(let request, let positionMs): machine.paused(request: request, positionMs: positionMs)
                case .seeked(let request, let positionMs): machine.seeked(request: request, positionMs: positionMs)
                case .finished(let request): machine.finished(request: request)
                case .failed(let request, let message): machine.failed(request: request, message: message)
                case .damaged(let request, let message): machine.damaged(request: request, message: message)
                case .buffering(let request, let isWaiting):
                    machine.buffering(request: request, isWaiting: isWaiting, heard: engine.heard)
                case .titled(let request, let title): machine.titled(request: request, title)
                case .output: [PlayerAction]()
                }
            try carryOut(actions)
        }

        private mutating func command() throws {
            let heard = engine.heard
            let actions: [PlayerAction]
            do throws(PlayerError) {
                actions =
                    switch Int.random(in: 0..<10, using: &random) {
                    case 0: try machine.play(heard: heard)
                    case 1: try machine.pause(byTag: random.once(in: 2), heard: heard)
                    case 2: try machine.toggle(heard: heard)
                    case 3: try machine.stop(heard: heard)
                    case 4: try machine.next(heard: heard)
                    case 5: try machine.previous(heard: heard)
                    case 6: try machine.seek(toMs: Int.random(in: -10...10_000, using: &random), heard: heard)
                    case 7: try machine.setVolume(Int.random(in: -1...101, using: &random), muted: nil)
                    case 8: machine.remember(heard: heard)
                    default: try start(heard: heard)
                    }
            } catch {
                // Refusals are part of life.
                return
            }
            try carryOut(actions)
        }

        private mutating func start(heard: SoundPosition?) throws(PlayerError) -> [PlayerAction] {
            guard let playlist = playlists.randomElement(using: &random) else { return [] }
            let index = Int.random(in: -1...playlist.tracks.count, using: &random)
            return try machine.start(playlist, index: index, positionMs: 0, heard: heard)
        }

        /// Adds, removes or moves a track, or removes the playlist for a moment.
        private mutating func edit() throws {
            let index = playlists.indices.randomElement(using: &random) ?? 0
            let name = playlists[index].id
            var tracks = playlists[index].tracks
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where tracks.count < 6:
                let number = Int.random(in: 1...9, using: &random)
                if !tracks.contains(where: { $0.number == number }) {
                    tracks.append(.sample(name, number, durationMs: 9_000))
                }
            case 1 where tracks.count > 1: tracks.remove(at: tracks.indices.randomElement(using: &random) ?? 0)
            case 2: tracks.shuffle(using: &random)
            default:
                if random.once(in: 4) { try carryOut(machine.playlistChanged(id: name, to: nil)) }
                return
            }
            playlists[index] = .sample(name, tracks: tracks)
            try carryOut(machine.playlistChanged(id: name, to: playlists[index]))
        }

        private mutating func carryOut(_ actions: [PlayerAction]) throws {
            for action in actions {
                switch action {
                case .load(let request), .prepareNext(let request?):
                    let paths = machine.queue?.playlist.tracks.map { "/media/" + $0.filePath } ?? []
                    try #require(paths.contains(request.path), "a track of the list")
                case .saveResume(let playlistID, let trackID, let positionMs):
                    try #require(trackID.hasPrefix(playlistID + "-"))
                    try #require((0...9_000).contains(positionMs))
                case .countPlay(let trackID): try #require(trackID == machine.queue?.track.id)
                case .setVolume(let volume, _): try #require((0...70).contains(volume))
                default: break
                }
                try engine.carryOut(action, files: files)
            }
        }

        func check() throws {
            let position = machine.positionMs(heard: engine.heard)
            try #require((0...9_000).contains(position), "the position is within the track")
            if let current = machine.current {
                try #require(machine.queue?.track.id == current.trackID, "the current request is of the current track")
                try #require(machine.prepared.map { $0.id > current.id } ?? true)
            }
            if let prepared = machine.prepared {
                try #require(machine.queue?.playlist.tracks[prepared.index].id == prepared.trackID)
                try #require(machine.current != nil)
            }
            switch machine.state {
            case .loading, .playing, .paused: try #require(machine.current != nil)
            case .stopped, .failed:
                try #require(machine.current == nil)
                try #require(!machine.isSeeking)
            }
        }

        /// What must be true when the engine has said everything it had to say.
        func checkAtRest() throws {
            try #require(!machine.isSeeking, "the engine answered every seek")
            try #require(machine.current?.id == engine.current?.request.id, "both have the same request")
            if machine.current != nil {
                try #require(machine.prepared?.id == engine.next?.request.id, "both have the same one behind it")
            }
            switch machine.state {
            case .playing, .loading: try #require(engine.isPlaying)
            case .paused: try #require(!engine.isPlaying)
            case .stopped, .failed: break
            }
        }
    }

    @Test(
        "100,000 commands, edits and reports in any order",
        arguments: [1, 2, .random(in: .min ... .max)] as [UInt64]
    )
    func walk(seed: UInt64) throws {
        var walk = Walk(seed: seed)
        for step in 0..<100_000 {
            try walk.step()
            try walk.check()
            guard step.isMultiple(of: 50) else { continue }
            while !walk.engine.reports.isEmpty { try walk.deliver() }
            try walk.checkAtRest()
        }
    }
}
