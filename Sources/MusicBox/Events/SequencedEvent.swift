/// An event with its place in the one order that all listeners see.
package struct SequencedEvent: Sendable {
    package let event: BoxEvent
    /// `server_seq`: of this event, or the current one for an event that takes none of its own.
    package let serverSeq: Int
    /// Milliseconds since 1970.
    package let timestampMs: Int
    /// Unique over the life of the box.
    package let eventID: String

    package init(event: BoxEvent, serverSeq: Int, timestampMs: Int, eventID: String) {
        self.event = event
        self.serverSeq = serverSeq
        self.timestampMs = timestampMs
        self.eventID = eventID
    }
}
