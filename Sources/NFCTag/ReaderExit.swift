/// The exit codes of `musicbox-reader`, of <sysexits.h>; other readers may use them too.
package enum ReaderExit {
    /// The arguments make no sense (EX_USAGE).
    package static let usage: CInt = 64
    /// No reader was found (EX_UNAVAILABLE).
    package static let missing: CInt = 69
    /// The device was lost while it was in use (EX_IOERR).
    package static let lost: CInt = 74
}
