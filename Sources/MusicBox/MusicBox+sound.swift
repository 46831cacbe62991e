import Logging

/// From the sound engine to the rules.
extension MusicBox {
    func handle(_ report: SoundReport) async {
        switch report {
        case .started(let request, _, let firstWrite):
            latencies.started(request: request, firstWrite: firstWrite)
            await carryOut(machine.started(request: request))
        case .paused(let request, let positionMs):
            await carryOut(machine.paused(request: request, positionMs: positionMs))
        case .seeked(let request, let positionMs):
            await carryOut(machine.seeked(request: request, positionMs: positionMs))
        case .finished(let request): await carryOut(machine.finished(request: request))
        case .failed(let request, let message):
            logger.error("A file cannot be played", metadata: ["error": "\(message)"])
            await carryOut(machine.failed(request: request, message: message))
        case .damaged(let request, let message):
            await carryOut(machine.damaged(request: request, message: message))
        case .buffering(let request, let isWaiting):
            await carryOut(machine.buffering(request: request, isWaiting: isWaiting, heard: sound.position))
        case .titled(let request, let title): await carryOut(machine.titled(request: request, title))
        case .output(let problem): setHealth(.audio, problem.map { .degraded($0) } ?? .healthy)
        }
    }
}
