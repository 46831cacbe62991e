import CFFmpeg

/// Where a chapter begins, as a file or a CUE sheet says it.
struct ChapterMark: Equatable {
    var title: String?
    var startMs: Int

    /// A hostile file can name millions.
    static let maximumCount = 1000
    /// Shorter ones are marks, not chapters.
    static let minimumMs = 200

    /// Of an MP4 (a chapter track or Nero's list), an ID3v2 tag (CHAP), a Matroska or a Vorbis comment.
    static func marks(of file: MediaFile) -> [ChapterMark] {
        guard let chapters = file.format.pointee.chapters else { return [] }
        return (0..<min(Int(file.format.pointee.nb_chapters), 4 * maximumCount)).compactMap { index in
            guard let chapter = chapters[index]?.pointee, chapter.start != cffmpeg_no_pts, chapter.start >= 0,
                chapter.time_base.num > 0, chapter.time_base.den > 0
            else { return nil }
            let title = av_dict_get(chapter.metadata, "title", nil, 0).flatMap { TagText.line($0.pointee.value) }
            return ChapterMark(title: title, startMs: Int(cffmpeg_samples(chapter.start, chapter.time_base, 1000)))
        }
    }

    /// Each chapter ends where the next one begins, the first one begins with the file: nothing of it is lost.
    static func chapters(_ marks: [ChapterMark], durationMs: Int) -> [AudioMetadata.Chapter] {
        var marks = marks.filter { $0.startMs >= 0 && $0.startMs + minimumMs <= durationMs }
        marks.sort { $0.startMs < $1.startMs }
        var kept: [ChapterMark] = []
        for mark in marks.prefix(maximumCount) {
            // Of two at one place the latter names what follows.
            if let last = kept.last, mark.startMs - last.startMs < minimumMs { kept.removeLast() }
            kept.append(mark)
        }
        guard kept.count > 1 else { return [] }
        kept[0].startMs = 0
        return kept.indices.map { index in
            AudioMetadata.Chapter(
                title: kept[index].title,
                startMs: kept[index].startMs,
                endMs: index + 1 < kept.count ? kept[index + 1].startMs : nil
            )
        }
    }
}
