package import MusicLibrary

/// What is told of a download.
package enum DownloadEvent: Sendable {
    case progress(DownloadTask)
    case completed(DownloadTask, Track)
    case failed(DownloadTask)
}
