package import MusicLibrary

/// What listeners hear of an upload. It takes no number: who missed it asks for the session.
package struct UploadEvent: Sendable {
    package enum Kind: Sendable {
        /// `percent` is 0...100; `isWhole` when every chunk is there.
        case progress(chunk: Int, percent: Double, isWhole: Bool)
        /// The tracks that the file became, more than one for an archive, and what was found in the first of them.
        case complete([Track], ProbedFile)
        /// Why nothing was added, for people.
        case failed(String)
    }

    package var sessionID: String
    package var playlistID: String
    package var filename: String
    package var kind: Kind
}
