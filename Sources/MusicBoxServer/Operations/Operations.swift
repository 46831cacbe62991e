import FoundationEssentials
import Logging
import MusicBox
import MusicBoxAPI
import NIOCore

/// Carries out what clients ask for, each named operation once, whichever door it comes through.
struct Operations: Sendable {
    let box: MusicBox
    let logger: Logger

    /// - Parameters:
    ///   - clientOpID: checked; nil for an operation that the client did not name.
    ///   - status: HTTP's for a success; 204 leaves out what `body` returns.
    ///   - draft: `data` as far as the library's edit tells it, from what that returned; see ``OperationDraft``.
    ///   - body: returns what the answer's `data` is.
    func perform(
        _ clientOpID: String?,
        message: String,
        status: Int = 200,
        draft: OperationDraft = .init(),
        _ body: @Sendable () async throws -> any Encodable & Sendable
    ) async -> (answer: OperationAnswer, isRepeated: Bool) {
        guard let clientOpID else { return (await carryOut(message: message, status: status, body), false) }
        let write: @Sendable (any Sendable) -> [UInt8] = { edit in
            let answer = success(draft.data(edit, box.hub.currentSeq), message: message, status: status)
            return (try? Array(JSON.encoder.encode(answer))) ?? []
        }
        let (bytes, isRepeated) = await box.operations.perform(clientOpID, draft: write) {
            let answer = await carryOut(message: message, status: status, body)
            // Encoding our own types cannot fail.
            return .init(answer: (try? Array(JSON.encoder.encode(answer))) ?? [], isFinal: answer.isFinal)
        }
        do {
            return (try JSONDecoder().decode(OperationAnswer.self, from: Data(bytes)), isRepeated)
        } catch {
            // Written by another version of this program.
            let failure = APIFailure(.conflict, "operation \(clientOpID) was carried out before; its answer is lost")
            return (OperationAnswer(failure, serverSeq: box.hub.currentSeq, timestamp: now), isRepeated)
        }
    }

    /// What a client asked for by HTTP, the other clients learn of by event.
    func tellEveryone(_ answer: OperationAnswer, clientOpID: String) {
        guard let json = try? answer.notice(clientOpID: clientOpID) else { return }
        let report = OperationReport(
            clientOpID: clientOpID,
            isSuccess: answer.refusal == nil,
            json: Array(json.readableBytesView)
        )
        box.hub.publish(.operation(report), serverSeq: nil, timestampMs: box.time.wallMilliseconds)
    }

    private func carryOut(
        message: String,
        status: Int,
        _ body: @Sendable () async throws -> any Encodable & Sendable
    ) async -> OperationAnswer {
        do {
            return success(try await body(), message: message, status: status)
        } catch {
            let failure = APIFailure(error)
            if failure.kind == .internalError, !(error is CancellationError) {
                logger.error("An operation failed", metadata: ["operation": "\(message)", "error": "\(error)"])
            }
            return OperationAnswer(failure, serverSeq: box.hub.currentSeq, timestamp: now)
        }
    }

    private func success(_ payload: any Encodable, message: String, status: Int) -> OperationAnswer {
        OperationAnswer(
            status: status,
            message: message,
            // Encoding our own types cannot fail.
            data: status == 204 ? nil : (try? JSON.buffer(AnyPayload(payload))).map { String(buffer: $0) } ?? "{}",
            serverSeq: box.hub.currentSeq,
            timestamp: now
        )
    }

    private var now: Double { Double(box.time.wallMilliseconds) / 1000 }
}

private struct AnyPayload: Encodable {
    let payload: any Encodable

    init(_ payload: any Encodable) { self.payload = payload }

    func encode(to encoder: any Encoder) throws { try payload.encode(to: encoder) }
}
