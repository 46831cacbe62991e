import MusicLibrary

/// Remembers the first answer to each operation that a client named (`client_op_id`) for five minutes, also over
/// restarts. The same id again, by whichever door, gets that answer and changes nothing; while the first is still under
/// way the second waits for it.
package actor OperationLedger {
    package struct Outcome: Sendable {
        /// What the operation's answer is made of, in the form of its caller.
        package var answer: [UInt8]
        /// False for a refusal that says nothing about the operation (the box was busy, the disk full): the same id may
        /// try again.
        package var isFinal: Bool

        package init(answer: [UInt8], isFinal: Bool) {
            self.answer = answer
            self.isFinal = isFinal
        }
    }

    /// As long as the answers in the library.
    private static let lifetime: Duration = .seconds(300)
    /// Answers that could not be written (a full disk) are kept in memory, the newest of them.
    private static let unwrittenLimit = 64

    private let library: MusicLibrary
    private let time: any TimeSource
    private var underWay: [String: [CheckedContinuation<Void, Never>]] = [:]
    private var unwritten: [(id: String, answer: [UInt8], until: ContinuousClock.Instant)] = []

    init(library: MusicLibrary, time: any TimeSource) {
        self.library = library
        self.time = time
    }

    /// The first answer to the operation `id`: that of `body`, which is not called when there is one already.
    ///
    /// - Parameter draft: the answer as far as the library's edit alone tells it, from what that returned. It is given when
    ///   the power went between the edit and the answer.
    package func perform(
        _ id: String,
        draft: @escaping @Sendable (any Sendable) -> [UInt8],
        _ body: @Sendable () async -> Outcome
    ) async -> (answer: [UInt8], isRepeated: Bool) {
        while underWay[id] != nil {
            await withCheckedContinuation { underWay[id, default: []].append($0) }
        }
        underWay[id] = []
        defer { for waiter in underWay.removeValue(forKey: id) ?? [] { waiter.resume() } }
        if let known = await remembered(id) { return (known, true) }
        let operation = NamedOperation(id: id, lifetime: Self.lifetime, draft: draft)
        let outcome = await NamedOperation.$current.withValue(operation) { await body() }
        operation.end()
        if outcome.isFinal { await remember(outcome.answer, id) }
        return (outcome.answer, false)
    }

    private func remembered(_ id: String) async -> [UInt8]? {
        let now = time.now
        unwritten.removeAll { $0.until <= now }
        if let kept = unwritten.first(where: { $0.id == id }) { return kept.answer }
        return try? await library.answer(toOperation: id)
    }

    private func remember(_ answer: [UInt8], _ id: String) async {
        do {
            try await library.remember(answer: answer, toOperation: id, for: Self.lifetime)
        } catch {
            if unwritten.count >= Self.unwrittenLimit { unwritten.removeFirst() }
            unwritten.append((id, answer, time.now.advanced(by: Self.lifetime)))
        }
    }
}
