import MusicLibrary
import Synchronization
import TestSupport
import Testing

@testable import MusicBox

@Suite(.timeLimit(.minutes(1))) struct OperationLedgerTests {
    @Test func theFirstAnswerIsGivenAgain() async throws {
        try await withBox { rig in
            let ledger = rig.box.operations
            let calls = Atomic(0)
            for attempt in 0..<3 {
                let (answer, isRepeated) = await ledger.perform("op", draft: { _ in [] }) {
                    .init(answer: [UInt8(calls.add(1, ordering: .relaxed).newValue)], isFinal: true)
                }
                #expect(answer == [1])
                #expect(isRepeated == (attempt > 0))
            }
            #expect(calls.load(ordering: .relaxed) == 1)
            let other = await ledger.perform("other", draft: { _ in [] }) { .init(answer: [9], isFinal: true) }
            #expect(other.answer == [9])
        }
    }

    @Test func alsoAfterARestart() async throws {
        try await withDirectory { directory in
            try await withBox(in: directory) { rig in
                _ = await rig.box.operations.perform("op", draft: { _ in [] }) { .init(answer: [7], isFinal: true) }
            }
            try await withBox(in: directory) { rig in
                let again = await rig.box.operations.perform("op", draft: { _ in [] }) {
                    .init(answer: [8], isFinal: true)
                }
                #expect(again.answer == [7])
                #expect(again.isRepeated)
            }
        }
    }

    @Test func anEditWhoseAnswerWasLostIsNotMadeAgain() async throws {
        try await withDirectory { directory in
            try await withBox(in: directory) { rig in
                let box = rig.box
                let lost = await box.operations.perform("op", draft: { edit in edit is Playlist ? [7] : [0] }) {
                    // The power goes before the answer is kept.
                    _ = try? await box.createPlaylist(title: "Once", description: "")
                    return .init(answer: [8], isFinal: false)
                }
                #expect(lost.answer == [8])
            }
            try await withBox(in: directory) { rig in
                let again = await rig.box.operations.perform("op", draft: { _ in [0] }) {
                    Issue.record("it was carried out again")
                    return .init(answer: [9], isFinal: true)
                }
                #expect(again.answer == [7])
                #expect(again.isRepeated)
            }
        }
    }

    @Test func whatWasNotLookedAtMayTryAgain() async throws {
        try await withBox { rig in
            let ledger = rig.box.operations
            let first = await ledger.perform("op", draft: { _ in [] }) { .init(answer: [1], isFinal: false) }
            #expect(first.answer == [1])
            let second = await ledger.perform("op", draft: { _ in [] }) { .init(answer: [2], isFinal: true) }
            #expect(second.answer == [2])
            #expect(!second.isRepeated)
        }
    }

    @Test func theSecondWaitsForTheFirst() async throws {
        try await withBox { rig in
            let (ledger, gate) = (rig.box.operations, Gate())
            async let first = ledger.perform("op", draft: { _ in [] }) {
                await gate.wait()
                return .init(answer: [1], isFinal: true)
            }
            await gate.untilWaiting()
            async let second = ledger.perform("op", draft: { _ in [] }) { .init(answer: [2], isFinal: true) }
            // Another operation is not held up.
            #expect(
                await ledger.perform("other", draft: { _ in [] }) { .init(answer: [3], isFinal: true) }.answer == [3]
            )
            gate.open()
            #expect(await first.answer == [1])
            let repeated = await second
            #expect(repeated.answer == [1])
            #expect(repeated.isRepeated)
        }
    }

    @Test func answersThatCannotBeWrittenAreKeptInMemory() async throws {
        try await withBox { rig in
            await rig.library.close()
            let ledger = rig.box.operations
            _ = await ledger.perform("op", draft: { _ in [] }) { .init(answer: [1], isFinal: true) }
            let again = await ledger.perform("op", draft: { _ in [] }) { .init(answer: [2], isFinal: true) }
            #expect(again.answer == [1])
            rig.time.advance(by: .seconds(301))
            #expect(await ledger.perform("op", draft: { _ in [] }) { .init(answer: [3], isFinal: true) }.answer == [3])
        }
    }
}
