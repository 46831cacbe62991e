import Foundation
import MusicBoxAPI
import NIOCore
import Testing

@testable import MusicBoxServer

/// The description of the events, against what the gateway knows.
@Suite(.timeLimit(.minutes(1))) struct AsyncAPITests {
    @Test func everyEventOfAClientIsDescribed() async throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let file = root.appending(path: "Sources/MusicBoxServer/Web/api/asyncapi.json")
        let document = parsed(ByteBuffer(bytes: try Data(contentsOf: file)))
        guard case .object(let messages) = document["channels"]?["box"]?["messages"] else {
            return #expect(Bool(false), "there is no such channel")
        }
        let described = messages.keys.compactMap { document["components"]?["messages"]?[$0]?["name"]?.string }
        try await withGateway { rig in
            #expect(Set(described) == Set(rig.gateway.handlers.keys).subtracting([PlainFormat.malformed]))
        }
    }
}
