import Logging
import Testing

@testable import Audio

/// The whole engine with the silent output, which keeps real time.
@Suite(.timeLimit(.minutes(1))) struct AudioEngineTests {
    /// Runs an engine and hands its events on without those of the output.
    private func withEngine(_ body: (AudioEngine, inout Events) async throws -> Void) async throws {
        let engine = AudioEngine(
            configuration: AudioConfiguration(device: "silent", bufferMs: 40, realtimePriority: 0),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try engine.start()
        defer { engine.shutdown() }
        var events = Events(iterator: engine.events.makeAsyncIterator())
        try await body(engine, &events)
    }

    private struct Events {
        var iterator: AsyncStream<AudioEvent>.AsyncIterator

        /// The next event about playback.
        mutating func next() async -> AudioEvent? {
            while let event = await iterator.next(isolation: #isolation) {
                if case .output = event { continue }
                return event
            }
            return nil
        }
    }

    private func isStart(_ event: AudioEvent?, of request: UInt64) -> Bool {
        if case .started(request, _, _) = event { return true }
        return false
    }

    @Test func playsAFileToItsEnd() async throws {
        try await withWorkbench { bench in
            let path = try bench.wav(Signal.sweep(frames: 13_230))
            try await withEngine { engine, events in
                engine.load(PlayRequest(id: 1, path: path))
                let start = await events.next()
                guard case .started(1, 300, let time) = start else {
                    Issue.record("\(String(describing: start))")
                    return
                }
                #expect(time > 0)
                #expect(await events.next() == .finished(request: 1))
                #expect(engine.position == PlaybackPosition(request: 1, positionMs: 300, isRunning: false))
                #expect(engine.statistics.underfeeds == 0)
            }
        }
    }

    @Test func pausesSeeksAndResumes() async throws {
        try await withWorkbench { bench in
            let path = try bench.wav(Signal.sweep(frames: 44_100 * 20))
            try await withEngine { engine, events in
                engine.load(PlayRequest(id: 1, path: path, positionMs: 2000))
                #expect(isStart(await events.next(), of: 1))
                engine.pause()
                guard case .paused(1, let pausedAt) = await events.next() else {
                    Issue.record("no pause")
                    return
                }
                #expect((2000..<19_000).contains(pausedAt))
                #expect(engine.position == PlaybackPosition(request: 1, positionMs: pausedAt, isRunning: false))
                engine.seek(toMs: 15_000)
                #expect(await events.next() == .seeked(request: 1, positionMs: 15_000))
                #expect(engine.position == PlaybackPosition(request: 1, positionMs: 15_000, isRunning: false))
                engine.seek(toMs: 19_900)
                #expect(await events.next() == .seeked(request: 1, positionMs: 19_900))
                engine.resume()
                #expect(await events.next() == .finished(request: 1))
            }
        }
    }

    @Test func seekBeyondTheEndEndsTheTrack() async throws {
        try await withWorkbench { bench in
            let path = try bench.wav(Signal.sweep(frames: 44_100 * 5))
            try await withEngine { engine, events in
                engine.load(PlayRequest(id: 1, path: path))
                #expect(isStart(await events.next(), of: 1))
                engine.seek(toMs: 99_000)
                #expect(await events.next() == .seeked(request: 1, positionMs: 5000))
                #expect(await events.next() == .finished(request: 1))
            }
        }
    }

    @Test func startsPausedWithoutASound() async throws {
        try await withWorkbench { bench in
            let path = try bench.wav(Signal.sweep(frames: 44_100))
            try await withEngine { engine, events in
                engine.load(PlayRequest(id: 4, path: path, positionMs: 600, startPaused: true))
                #expect(await events.next() == .paused(request: 4, positionMs: 600))
                #expect(engine.position == PlaybackPosition(request: 4, positionMs: 600, isRunning: false))
                engine.resume()
                #expect(isStart(await events.next(), of: 4))
                #expect(await events.next() == .finished(request: 4))
            }
        }
    }

    @Test func preparedTracksFollow() async throws {
        try await withWorkbench { bench in
            let paths = try [44_100, 48_000, 22_050].map { rate in
                // The second one is long enough for the third to be prepared however slow the machine is.
                let seconds = rate == 48_000 ? 30 : 1
                return try bench.wav([Int16](repeating: 5, count: 2 * seconds * rate), rate: rate, name: "\(rate).wav")
            }
            try await withEngine { engine, events in
                engine.load(PlayRequest(id: 1, path: paths[0], startPaused: true))
                engine.prepareNext(PlayRequest(id: 2, path: paths[1]))
                #expect(await events.next() == .paused(request: 1, positionMs: 0))
                engine.resume()
                #expect(isStart(await events.next(), of: 1))
                #expect(isStart(await events.next(), of: 2))
                engine.prepareNext(PlayRequest(id: 3, path: paths[2]))
                engine.seek(toMs: 29_500)
                #expect(await events.next() == .seeked(request: 2, positionMs: 29_500))
                #expect(isStart(await events.next(), of: 3))
                #expect(await events.next() == .finished(request: 3))
                #expect(engine.statistics.xruns == 0)
            }
        }
    }

    /// A successor is decoded into the ring at once; until it sounds it can be replaced and taken back.
    @Test func successorsCanBeReplaced() async throws {
        try await withWorkbench { bench in
            let long = try bench.wav(Signal.sweep(frames: 22_050), name: "long.wav")
            let short = try bench.wav(Signal.sweep(frames: 4410), name: "short.wav")
            try await withEngine { engine, events in
                engine.load(PlayRequest(id: 1, path: long, startPaused: true))
                #expect(await events.next() == .paused(request: 1, positionMs: 0))
                for id in 2..<30 {
                    engine.prepareNext(PlayRequest(id: UInt64(id), path: id % 2 == 0 ? long : short))
                    if id % 3 == 0 { engine.prepareNext(nil) }
                    await Task.yield()
                }
                engine.prepareNext(PlayRequest(id: 40, path: bench.path("missing.wav")))
                guard case .failed(40, let error) = await events.next() else {
                    Issue.record("the missing file was not reported")
                    return
                }
                #expect(error.code == .fileMissing)
                engine.prepareNext(PlayRequest(id: 50, path: short))
                engine.resume()
                #expect(isStart(await events.next(), of: 1))
                #expect(isStart(await events.next(), of: 50))
                #expect(await events.next() == .finished(request: 50))
            }
        }
    }

    /// Going back while the successor is already being decoded returns to the track that is heard.
    @Test func seeksBackOverADecodedSuccessor() async throws {
        try await withWorkbench { bench in
            let first = try bench.wav(Signal.sweep(frames: 22_050), name: "1.wav")
            let second = try bench.wav(Signal.sweep(frames: 4410), name: "2.wav")
            try await withEngine { engine, events in
                engine.load(PlayRequest(id: 1, path: first, startPaused: true))
                engine.prepareNext(PlayRequest(id: 2, path: second))
                #expect(await events.next() == .paused(request: 1, positionMs: 0))
                engine.seek(toMs: 400)
                #expect(await events.next() == .seeked(request: 1, positionMs: 400))
                engine.resume()
                #expect(isStart(await events.next(), of: 1))
                #expect(isStart(await events.next(), of: 2))
                #expect(await events.next() == .finished(request: 2))
            }
        }
    }

    @Test func theLastLoadWins() async throws {
        try await withWorkbench { bench in
            let path = try bench.wav(Signal.sweep(frames: 4410))
            try await withEngine { engine, events in
                for id in 1...500 { engine.load(PlayRequest(id: UInt64(id), path: path)) }
                var seen: [UInt64] = []
                while let event = await events.next() {
                    if case .started(let request, _, _) = event { seen.append(request) }
                    if event == .finished(request: 500) { break }
                }
                #expect(seen == seen.sorted() && seen.last == 500)
            }
        }
    }

    @Test func filesThatCannotPlayAreReported() async throws {
        try await withWorkbench { bench in
            let text = try bench.write(Array("no music".utf8), to: "text.mp3")
            try await withEngine { engine, events in
                engine.load(PlayRequest(id: 1, path: text))
                guard case .failed(1, let error) = await events.next() else {
                    Issue.record("not reported")
                    return
                }
                #expect(error.code == .notAudio && error.message.contains("\"text.mp3\""))
                #expect(engine.position == nil)
            }
        }
    }

    @Test func stopForgetsEverything() async throws {
        try await withWorkbench { bench in
            let path = try bench.wav(Signal.sweep(frames: 44_100 * 5))
            let other = try bench.wav(Signal.sweep(frames: 2000), name: "other.wav")
            try await withEngine { engine, events in
                engine.load(PlayRequest(id: 1, path: path))
                engine.prepareNext(PlayRequest(id: 2, path: other))
                #expect(isStart(await events.next(), of: 1))
                engine.stop()
                engine.resume()
                engine.seek(toMs: 100)
                engine.prepareNext(PlayRequest(id: 3, path: other))
                engine.load(PlayRequest(id: 4, path: other))
                // The first one may have come to its end before the stop; the third one must never be heard of.
                var last = await events.next()
                while let event = last, !isStart(event, of: 4) {
                    #expect(event == .finished(request: 1) || event == .finished(request: 2) || isStart(event, of: 2))
                    last = await events.next()
                }
                #expect(await events.next() == .finished(request: 4))
            }
        }
    }

    /// Whatever is asked of it in whatever order, the engine neither hangs nor falls over, and plays afterwards.
    @Test(arguments: [1, 2, 3])
    func survivesAThousandRandomCommands(seed: UInt64) async throws {
        try await withWorkbench { bench in
            let paths = [
                try bench.wav(Signal.sweep(frames: 44_100 * 3), name: "a.wav"),
                try bench.wav(Signal.sweep(frames: 900), name: "b.wav"),
                try bench.wav(Signal.sweep(frames: 48_000, rate: 48_000), rate: 48_000, name: "c.wav"),
                bench.path("missing.wav"),
            ]
            try await withEngine { engine, events in
                var random = Random(seed: seed)
                for id in 1...1000 {
                    let request = PlayRequest(
                        id: UInt64(id),
                        path: paths[random.next(paths.count)],
                        positionMs: random.next(3) == 0 ? random.next(4000) : 0,
                        startPaused: random.next(4) == 0
                    )
                    switch random.next(9) {
                    case 0, 1: engine.load(request)
                    case 2, 3: engine.prepareNext(random.next(4) == 0 ? nil : request)
                    case 4: engine.pause()
                    case 5: engine.resume()
                    case 6: engine.seek(toMs: random.next(4000))
                    case 7: engine.setVolume(random.next(130), muted: random.next(5) == 0)
                    default: if random.next(5) == 0 { engine.stop() }
                    }
                    _ = engine.position
                    // Now and then let it get somewhere; the count of yields is arbitrary.
                    if random.next(3) == 0 { for _ in 0..<random.next(200) { await Task.yield() } }
                }
                engine.load(PlayRequest(id: 5000, path: paths[1]))
                while let event = await events.next() {
                    if event == .finished(request: 5000) { break }
                }
            }
        }
    }

    @Test func positionsGrowWhilePlaying() async throws {
        try await withWorkbench { bench in
            let path = try bench.wav(Signal.sweep(frames: 22_050))
            try await withEngine { engine, events in
                engine.load(PlayRequest(id: 1, path: path))
                #expect(isStart(await events.next(), of: 1))
                var last = 0
                while let position = engine.position, position.positionMs < 500 {
                    #expect(position.positionMs >= last)
                    last = position.positionMs
                    await Task.yield()
                }
                #expect(await events.next() == .finished(request: 1))
                #expect(engine.position?.positionMs == 500)
            }
        }
    }

    @Test func shutdownWhilePlayingEndsTheEvents() async throws {
        try await withWorkbench { bench in
            let path = try bench.wav(Signal.sweep(frames: 44_100 * 5))
            try await withEngine { engine, events in
                engine.load(PlayRequest(id: 1, path: path))
                #expect(isStart(await events.next(), of: 1))
                engine.shutdown()
                engine.load(PlayRequest(id: 2, path: path))
                #expect(await events.next() == nil)
            }
        }
    }
}
