import MusicBoxAPI
import MusicLibrary
import NIOCore

/// `data` of `state:playlists`. An edit changes one playlist of a thousand, so what was encoded before is used again as
/// long as a playlist stays the same; its `server_seq` is then that of the event that showed it so for the first time.
struct PlaylistListEncoder {
    private var known: [String: (summary: PlaylistSummary, json: ByteBuffer)] = [:]

    mutating func data(_ summaries: [PlaylistSummary], serverSeq: Int) throws -> ByteBuffer {
        var data = ByteBuffer(string: #"{"playlists":["#)
        var present: [String: (summary: PlaylistSummary, json: ByteBuffer)] = [:]
        present.reserveCapacity(summaries.count)
        for (index, summary) in summaries.enumerated() {
            let entry =
                if let known = known[summary.id], known.summary == summary {
                    known
                } else {
                    (summary: summary, json: try JSON.buffer(MusicBoxAPI::Playlist(summary, serverSeq: serverSeq)))
                }
            present[summary.id] = entry
            if index > 0 { data.writeInteger(UInt8(ascii: ",")) }
            data.writeImmutableBuffer(entry.json)
        }
        known = present
        data.writeString("]}")
        return data
    }
}
