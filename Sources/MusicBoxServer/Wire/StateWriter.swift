import MusicBox
import MusicBoxAPI
import NIOCore

/// Writes one event of the box for the wire.
struct StateWriter {
    let sequenced: SequencedEvent

    init(_ sequenced: SequencedEvent) { self.sequenced = sequenced }

    /// A change of state in its envelope.
    func state(
        _ name: String,
        _ data: some Encodable,
        about playlist: WireEvent.PlaylistReference? = nil,
        to rooms: [String] = [RoomName.playlists]
    ) throws -> WireEvent {
        let envelope = StateEnvelope(
            eventType: name,
            serverSeq: sequenced.serverSeq,
            data: data,
            timestamp: sequenced.timestampMs,
            eventID: sequenced.eventID,
            playlistID: playlist?.id,
            playlistSeq: playlist?.seq
        )
        return WireEvent(
            name: name,
            audience: .rooms(rooms),
            json: try JSON.buffer(envelope),
            replaySeq: sequenced.serverSeq,
            playlist: playlist
        )
    }

    /// ``state(_:_:about:to:)`` with data that is JSON already. Names and ids are plain text of our own.
    func state(_ name: String, json data: ByteBuffer) -> WireEvent {
        var json = ByteBuffer()
        json.reserveCapacity(data.readableBytes + 192)
        json.writeString(#"{"event_type":"\#(name)","server_seq":\#(sequenced.serverSeq),"data":"#)
        json.writeImmutableBuffer(data)
        json.writeString(#","timestamp":\#(sequenced.timestampMs),"event_id":"\#(sequenced.eventID)"}"#)
        return WireEvent(
            name: name,
            audience: .rooms([RoomName.playlists]),
            json: json,
            replaySeq: sequenced.serverSeq
        )
    }

    /// A state of which only the newest is worth anything, in its envelope.
    func volatile(_ name: String, _ data: some Encodable) throws -> WireEvent {
        var event = try state(name, data)
        event.isVolatile = true
        event.replaySeq = nil
        return event
    }

    /// A change of state without an envelope.
    func numbered(_ name: String, _ payload: some Encodable, to rooms: [String]) throws -> WireEvent {
        var event = try plain(name, payload, to: .rooms(rooms))
        event.replaySeq = sequenced.serverSeq
        return event
    }

    /// News of the moment, without an envelope.
    func plain(_ name: String, _ payload: some Encodable, to audience: WireEvent.Audience) throws -> WireEvent {
        WireEvent(name: name, audience: audience, json: try JSON.buffer(payload))
    }
}
