import Audio
import Glibc
import MusicBox
import MusicLibrary

/// The `Audio` module as the box wants it: the one place that knows both.
struct EngineAdapter: SoundEngine {
    private let engine: AudioEngine

    init(_ engine: AudioEngine) { self.engine = engine }

    func load(_ request: MusicBox::PlayRequest) { engine.load(.init(request)) }

    func prepareNext(_ request: MusicBox::PlayRequest?) { engine.prepareNext(request.map { .init($0) }) }

    func pause() { engine.pause() }

    func resume() { engine.resume() }

    func stop() { engine.stop() }

    func seek(toMs positionMs: Int) { engine.seek(toMs: positionMs) }

    func setVolume(_ volume: Int, muted: Bool) { engine.setVolume(volume, muted: muted) }

    func setSpeed(_ speed: Double) { engine.setSpeed(speed) }
    func fade(overMs: Int?) { engine.fade(overMs: overMs) }

    var position: SoundPosition? {
        engine.position.map { SoundPosition(request: $0.request, positionMs: $0.positionMs) }
    }

    /// What the engine reports; one reader.
    var reports: AsyncMapSequence<AsyncStream<AudioEvent>, SoundReport> { engine.events.map { SoundReport($0) } }
}

extension Audio::PlayRequest {
    fileprivate init(_ request: MusicBox::PlayRequest) {
        self.init(
            id: request.id,
            path: request.path,
            positionMs: request.positionMs,
            part: request.startMs > 0 || request.endMs != nil
                ? .init(startMs: request.startMs, endMs: request.endMs) : nil,
            isStream: request.isStream,
            // A gain of 0 dB is exactly 1, and leaves the samples as they are.
            gain: request.gain == 0 ? 1 : Float(pow(10, request.gain / 20))
        )
    }
}

extension SoundReport {
    fileprivate init(_ event: AudioEvent) {
        self =
            switch event {
            case .started(let request, let durationMs, let nanoseconds):
                .started(request: request, durationMs: durationMs, firstWriteNanoseconds: nanoseconds)
            case .paused(let request, let positionMs): .paused(request: request, positionMs: positionMs)
            case .seeked(let request, let positionMs): .seeked(request: request, positionMs: positionMs)
            case .finished(let request): .finished(request: request)
            case .failed(let request, let error): .failed(request: request, message: error.message)
            case .damaged(let request, let error): .damaged(request: request, message: error.message)
            case .buffering(let request, let isWaiting): .buffering(request: request, isWaiting)
            case .titled(let request, let title): .titled(request: request, title)
            case .output(let state): .output(problem: state.problem)
            }
    }
}

extension AudioMetadata {
    private static let pictureExtensions = [
        "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "image/bmp": "bmp",
    ]

    var probedFile: ProbedFile {
        ProbedFile(
            durationMs: durationMs,
            title: title,
            artist: artist,
            album: album,
            trackNumber: trackNumber,
            codec: codec,
            sampleRate: sampleRate,
            channels: channels,
            cover: cover.map { .init(bytes: $0.bytes, fileExtension: Self.pictureExtensions[$0.mimeType] ?? "jpg") },
            chapters: chapters.map { .init($0) },
            loudness: loudness.flatMap { .init($0) }
        )
    }
}

extension ProbedFile.Chapter {
    fileprivate init(_ chapter: AudioMetadata.Chapter) {
        self.init(title: chapter.title, startMs: chapter.startMs, endMs: chapter.endMs)
    }
}

extension SheetContent {
    /// Nil if the file is no sheet that divides a file of this length.
    init?(path: String, durationMs: Int) {
        guard let sheet = AudioFile.cueSheet(path: path, durationMs: durationMs) else { return nil }
        self.init(file: sheet.file, chapters: sheet.chapters.map { .init($0) })
    }
}

extension LoudnessSurvey.Finding {
    static func measured(path: String, isCancelled: @escaping @Sendable () -> Bool) throws -> Self {
        do {
            let loudness = try AudioFile.measureLoudness(path: path, isCancelled: isCancelled)
            return MusicLibrary::Loudness(loudness).map { .loudness($0) } ?? .nothing
        } catch {
            switch error.code {
            case .fileMissing, .fileUnreadable, .interrupted: return .notNow
            default: throw error
            }
        }
    }
}

extension MusicLibrary::Loudness {
    /// Nil for silence.
    init?(_ loudness: Audio::Loudness) {
        guard let integrated = loudness.integrated else { return nil }
        self.init(integrated: integrated, truePeak: loudness.truePeak)
    }
}
