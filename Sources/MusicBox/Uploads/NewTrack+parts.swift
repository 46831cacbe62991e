package import MusicLibrary

extension NewTrack {
    /// A track for each chapter of the file; the whole where there are none.
    package func parts(_ chapters: [ProbedFile.Chapter]) -> [NewTrack] {
        guard !chapters.isEmpty else { return [self] }
        return chapters.enumerated().map { index, chapter in
            var part = self
            part.title = chapter.title ?? "\(title) (\(index + 1))"
            // The file's title is that of the whole book or concert.
            part.album = album ?? title
            part.startMs = chapter.startMs
            part.endMs = chapter.endMs
            part.durationMs = (chapter.endMs ?? durationMs).map { max(0, $0 - chapter.startMs) }
            return part
        }
    }
}
