package import MusicLibrary

extension PlayerMachine {
    /// A file's loudness became known. What is heard stays as it is, since a level that changes within a track is worse
    /// than a wrong one; what is prepared behind it is prepared anew.
    package mutating func learned(_ loudness: Loudness, of filePath: String) -> [PlayerAction] {
        guard var queue, self.loudness != nil else { return [] }
        for index in queue.playlist.tracks.indices where queue.playlist.tracks[index].filePath == filePath {
            queue.playlist.tracks[index].loudness = loudness
        }
        self.queue = queue
        guard let prepared, queue.playlist.tracks[prepared.index].filePath == filePath else { return [] }
        return prepare(index: prepared.index)
    }
}
