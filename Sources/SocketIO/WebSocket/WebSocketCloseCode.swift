/// Status codes of a close frame (RFC 6455, section 7.4.1) that this server sends.
enum WebSocketCloseCode: UInt16, Error {
    case normal = 1000
    case goingAway = 1001
    case protocolError = 1002
    /// A binary message where only text is understood.
    case unsupportedData = 1003
    case invalidText = 1007
    /// The frames were fine, the Engine.IO or Socket.IO packets in them were not.
    case policyViolation = 1008
    case tooBig = 1009

    /// Whether a peer may put `code` into a close frame: 1004-1006 and 1015 never travel, and below 3000 only what
    /// the IANA registry names.
    static func mayBeReceived(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
