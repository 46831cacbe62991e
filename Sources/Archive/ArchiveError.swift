/// Why an archive could not be unpacked.
package struct ArchiveError: Error, Sendable, Equatable {
    package enum Code: Sendable, Equatable {
        /// It is none, is damaged, or needs what is not there, such as a password.
        case malformed
        /// More would come out of it than is allowed.
        case tooLarge
        /// The disk is full.
        case full
        /// The disk refused.
        case disk
    }

    package var code: Code
    /// For people.
    package var message: String
}
