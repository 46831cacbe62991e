import NIOCore

/// Packets of Engine.IO that the server says by itself.
enum EngineHandshake {
    static let ping = OutboundMessage(text: "2")
    static let probeAnswer = OutboundMessage(text: "3probe")

    /// The first packet of a session, exactly with these keys.
    static func message(sid: String, upgrades: [String], configuration: SocketIOConfiguration) -> OutboundMessage {
        let upgrades = upgrades.map { "\"\($0)\"" }.joined(separator: ",")
        return OutboundMessage(
            text: """
                0{"sid":"\(sid)","upgrades":[\(upgrades)],"pingInterval":\(configuration.pingInterval.milliseconds),\
                "pingTimeout":\(configuration.pingTimeout.milliseconds),"maxPayload":\(configuration.maxPayload)}
                """
        )
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
