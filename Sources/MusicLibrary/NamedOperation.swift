import GRDB
import Synchronization

/// An operation that a client named (`client_op_id`), while it is carried out. The first edit made under it takes its
/// name into the same transaction, with the answer as far as the edit alone tells it: when the power goes before the whole
/// answer is kept (``MusicLibrary/remember(answer:toOperation:for:)``), the same name still changes nothing a second time.
package final class NamedOperation: Sendable {
    @TaskLocal package static var current: NamedOperation?

    let id: String
    let lifetimeMs: Int64
    private let draft: @Sendable (any Sendable) -> [UInt8]
    /// Tasks that the operation leaves behind inherit it, but what they do is not its doing any more.
    private let isOver = Atomic(false)

    /// - Parameters:
    ///   - lifetime: how long the answer is kept.
    ///   - draft: makes the answer from what the edit returns; called on the writer's queue.
    package init(id: String, lifetime: Duration, draft: @escaping @Sendable (any Sendable) -> [UInt8]) {
        self.id = id
        lifetimeMs = lifetime.components.seconds * 1_000
        self.draft = draft
    }

    package func end() { isOver.store(true, ordering: .releasing) }

    /// To be called inside of the edit's transaction.
    func note(_ db: Database, edit result: any Sendable, now: Int64) throws {
        guard !isOver.load(ordering: .acquiring) else { return }
        try MusicLibrary.keep(db, answer: draft(result), toOperation: id, until: now + lifetimeMs, replacing: false)
    }
}
