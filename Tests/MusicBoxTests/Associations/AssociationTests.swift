import MusicLibrary
import NFC
import Testing

@testable import MusicBox

/// Sessions in the box: time, the library, and what the machine does not see.
@Suite(.timeLimit(.minutes(1))) struct AssociationTests {
    private let fish = TagID("04a1b2c3")!

    private func next(_ rig: BoxRig) async -> AssociationSession.State? {
        await rig.events.first { if case .association(let session) = $0.event { session.state } else { nil } }
    }

    @Test func theTimeoutComesByItself() async throws {
        try await withBox { rig in
            let id = try await rig.playlist("Farm").id
            _ = try await rig.box.startAssociation(playlistID: id, timeout: .seconds(2))
            #expect(await next(rig) == .listening)
            try await rig.settle()
            rig.time.advance(by: .milliseconds(1_999))
            try await rig.settle()
            #expect(await rig.box.liveAssociations().count == 1)
            rig.time.advance(by: .milliseconds(1))
            #expect(await next(rig) == .timeout)
            #expect(await rig.box.liveAssociations().isEmpty)
        }
    }

    @Test func aLibraryThatFailsIsToldAsAnError() async throws {
        try await withBox { rig in
            let id = try await rig.playlist("Farm").id
            _ = try await rig.box.startAssociation(playlistID: id, timeout: .seconds(2))
            #expect(await next(rig) == .listening)
            // Deleted behind the box's back.
            try await rig.library.deletePlaylist(id: id)
            _ = try await rig.box.tap(fish)
            guard case .failed(let tag, let message) = await next(rig) else { return #expect(Bool(false)) }
            #expect(tag == fish)
            #expect(message.contains(id))
        }
    }

    @Test func everyChangeTakesANumber() async throws {
        try await withBox { rig in
            let id = try await rig.playlist("Farm").id
            let before = rig.box.hub.currentSeq
            _ = try await rig.box.startAssociation(playlistID: id, timeout: .seconds(2))
            #expect(rig.box.hub.currentSeq == before + 1)
            _ = try await rig.box.tap(fish)
            let scan = await rig.events.first { if case .tagScanned = $0.event { $0.serverSeq } else { nil } }
            #expect(scan == rig.box.hub.currentSeq, "a tap by itself takes none")
        }
    }

    @Test func aTagThatPlaysGoesOnWhileItIsMoved() async throws {
        try await withBox { rig in
            let farm = try await rig.playlist("Farm", tag: fish)
            let wood = try await rig.playlist("Wood")
            _ = try await rig.box.tap(fish)
            try await rig.startLastLoad()
            _ = try await rig.box.startAssociation(playlistID: wood.id, timeout: .seconds(2))
            _ = try await rig.box.tap(fish)
            #expect(await rig.box.status().playlist?.id == farm.id)
            #expect(rig.engine.loads.count == 1)
            #expect(try await rig.box.overrideTag(fish, to: wood.id, force: true) == farm.id)
            #expect(await rig.box.liveAssociations().isEmpty)
        }
    }
}
