import Foundation
import Glibc
import MusicBox
import MusicBoxAPI
import MusicLibrary
import NFC
import Testing

@testable import MusicBoxServer

/// Phones that join, drop and come back with what they last saw, while commands and taps of all kinds run beside them.
/// At the end every phone's picture is the box's; none has seen an event twice, none has missed one, and numbers only grew.
///
/// A hundred thousand operations, some minutes; ten thousand under Thread Sanitizer. `MUSICBOX_MODEL_OPERATIONS` sets the
/// number, `MUSICBOX_MODEL_SEED` repeats a choice of them.
@Suite(.timeLimit(.minutes(30))) struct ModelTests {
    @Test func everyPhoneHasTheWholePictureOnce() async throws {
        let environment = ProcessInfo.processInfo.environment
        let isSanitized = dlsym(nil, "__tsan_init") != nil
        let operations =
            environment["MUSICBOX_MODEL_OPERATIONS"].flatMap { Int($0) } ?? (isSanitized ? 10_000 : 100_000)
        let seed = environment["MUSICBOX_MODEL_SEED"].flatMap { UInt64($0) } ?? .random(in: 1 ... .max)
        print("model test: \(operations) operations, seed \(seed)")

        let told = Told()
        try await withGateway(witness: { told.note($0) }) { rig in
            var playlists: [String] = []
            for number in 0..<4 {
                playlists.append(try await rig.server.playlist("P\(number)", tag: "04a1b2c\(number)").id)
            }
            let phones = (0..<6).map { ModelPhone(rig: rig, told: told, playlistID: playlists[$0 % playlists.count]) }
            let actors = phones.map { ModelActor(rig: rig, phone: $0, playlists: playlists) }
            await withTaskGroup(of: Void.self) { group in
                for (index, actor) in actors.enumerated() {
                    group.addTask {
                        var random = SplitMix(seed: seed &+ UInt64(index))
                        for _ in 0..<operations / actors.count { await actor.act(&random) }
                    }
                }
            }
            for phone in phones { await phone.come() }
            try await rig.settle()

            let events = told.events
            let firsts = Dictionary(grouping: events, by: \.seq).values
            #expect(firsts.allSatisfy { Set($0.map(\.id)).count == $0.count }, "ids are unique")
            #expect(zip(events, events.dropFirst()).allSatisfy { $0.seq <= $1.seq }, "numbers only grow")
            let player = try await rig.server.get("/api/player/status").data
            let list = try await rig.server.library.playlists()
            for phone in phones {
                #expect(phone.complaints.prefix(5) == [])
                #expect(phone.gaps(in: events).prefix(5) == [])
                #expect(lasting(phone.picture("state:player")) == lasting(player))
                let shown = phone.picture("state:playlists")?["playlists"]?.array ?? []
                #expect(shown.map { $0["id"]?.string } == list.map(\.id))
                #expect(shown.map { $0["playlist_seq"]?.int } == list.map(\.playlistSeq))
                #expect(shown.map { $0["nfc_tag_ids"] } == list.map { .array($0.tags.map { .string($0) }) })
                let playlist = try await rig.server.library.playlist(id: phone.playlistID)
                let tracks = phone.picture("state:playlist")?["tracks"]?.array ?? []
                #expect(phone.picture("state:playlist")?["title"]?.string == playlist?.summary.title)
                #expect(tracks.map { $0["id"]?.string } == playlist?.tracks.map(\.id))
                #expect(tracks.map { $0["title"]?.string } == playlist?.tracks.map(\.title))
            }
            print("model test: \(events.count) events were told")
        }
    }

    /// Without the numbers of the moment.
    private func lasting(_ player: JSONValue?) -> JSONValue? {
        guard case .object(var fields) = player else { return nil }
        fields["server_seq"] = nil
        if case .object(var track) = fields["active_track"] {
            track["server_seq"] = nil
            fields["active_track"] = .object(track)
        }
        return .object(fields)
    }
}

/// What one phone and its household do, chosen at random.
private struct ModelActor: Sendable {
    let rig: GatewayRig
    let phone: ModelPhone
    let playlists: [String]

    func act(_ random: inout SplitMix) async {
        let box = rig.server.box
        let playlist = playlists[random.next(below: playlists.count)]
        let tag = TagID("04a1b2c\(random.next(below: 8))")!
        switch random.next(below: 1_000) {
        case 0..<40: await phone.come(cutOff: random.next(below: 4) == 0)
        case 40..<70: phone.drop()
        case 70..<200: _ = try? await box.tap(tag)
        case 200..<260: _ = try? await box.liftTag()
        case 260..<300: await command("player:start", ["playlist_id": .string(playlist)])
        case 300..<320: await command("start_nfc_link", ["playlist_id": .string(playlist), "timeout_s": 60])
        case 320..<340: await command("stop_nfc_link", ["playlist_id": .string(playlist)])
        case 340..<345: _ = try? await box.bind(tag, to: playlist, force: true)
        case 345..<350: _ = try? await box.unbind(tag)
        case 350..<353: await makeAndDelete()
        case 353..<360: await edit(playlist, &random)
        case 360..<480: report(&random)
        case 480..<600: await command("player:toggle", [:])
        case 600..<700: await command("player:next", [:])
        case 700..<760: await command("player:previous", [:])
        case 760..<900: await command("player:volume", ["volume": .int(random.next(below: 101))])
        case 900..<960: await command("player:stop", [:])
        default: await command("player:play", [:])
        }
    }

    private func command(_ event: String, _ fields: JSONValue) async {
        let guest = phone.guest ?? rig.lobby.enter()
        await rig.send(event, fields, from: guest)
        if !phone.isConnected { guest.drop() }
    }

    private func makeAndDelete() async {
        guard let made = try? await rig.server.box.createPlaylist(title: "New", description: "") else { return }
        _ = try? await rig.server.box.deletePlaylist(id: made.id)
    }

    private func edit(_ id: String, _ random: inout SplitMix) async {
        let box = rig.server.box
        let name = "\(random.next(below: 1_000))"
        guard let tracks = try? await rig.server.library.playlist(id: id)?.tracks, let track = tracks.first else {
            return
        }
        switch random.next(below: 3) {
        case 0: _ = try? await box.updatePlaylist(id: id, title: name, description: nil)
        case 1: _ = try? await box.updateTrack(id: track.id, in: id, title: name, artist: nil, album: nil)
        default: _ = try? await box.reorderTracks(in: id, order: tracks.reversed().map { .name($0.id) })
        }
    }

    /// The sound engine says what it did with the newest request.
    private func report(_ random: inout SplitMix) {
        guard let request = rig.server.engine.loads.last?.id else { return }
        switch random.next(below: 8) {
        case 0: rig.server.reports.yield(.finished(request: request))
        case 1: rig.server.reports.yield(.failed(request: request, message: "broken"))
        case 2: rig.server.reports.yield(.output(problem: random.next(below: 2) == 0 ? nil : "no card"))
        default: rig.server.reports.yield(.started(request: request, durationMs: nil, firstWriteNanoseconds: 0))
        }
    }
}

/// Steele, Lea and Flood's SplitMix64: the same numbers for the same seed.
private struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var number = state
        number = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ (number >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((number ^ (number >> 31)) % UInt64(bound))
    }
}
