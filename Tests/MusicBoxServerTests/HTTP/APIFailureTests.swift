import FoundationEssentials
import Hummingbird
import MusicBox
import MusicBoxAPI
import MusicLibrary
import Testing

@testable import MusicBoxServer

/// The one place where errors of the box become errors of the wire.
@Suite struct APIFailureTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var error: any Error & Sendable
        var kind: APIError.Kind
        var status: Int
        /// Whether people get the error's own words.
        var isTold = true
        var testDescription: String { "\(error)" }
    }

    private struct Stranger: Error {}

    static let cases: [Case] = [
        Case(error: PlayerError.nothingToPlay("words"), kind: .conflict, status: 409),
        Case(error: PlayerError.outOfRange("words"), kind: .validation, status: 400),
        Case(error: BoxError.busy, kind: .unavailable, status: 503, isTold: false),
        Case(error: BoxError.shuttingDown, kind: .unavailable, status: 503, isTold: false),
        Case(error: BoxError.invalid("words"), kind: .validation, status: 400),
        Case(error: BoxError.notFound("words"), kind: .notFound, status: 404),
        Case(error: BoxError.conflict("words"), kind: .conflict, status: 409),
        Case(error: BoxError.tooLarge("words"), kind: .payloadTooLarge, status: 413),
        Case(error: BoxError.insufficientStorage("words"), kind: .storageFull, status: 507),
        Case(error: BoxError.storage("words"), kind: .internalError, status: 500, isTold: false),
        Case(error: LibraryError(.notFound, "words", cause: "SQL"), kind: .notFound, status: 404),
        Case(error: LibraryError(.conflict, "words", cause: "SQL"), kind: .conflict, status: 409),
        Case(error: LibraryError(.invalid, "words", cause: "SQL"), kind: .validation, status: 400),
        Case(error: LibraryError(.full, "words", cause: "SQL"), kind: .storageFull, status: 507),
        Case(error: LibraryError(.readOnly, "words", cause: "SQL"), kind: .unavailable, status: 503),
        Case(error: LibraryError(.damaged, "words", cause: "SQL"), kind: .unavailable, status: 503),
        Case(error: LibraryError(.unavailable, "words", cause: "SQL"), kind: .unavailable, status: 503),
        Case(error: APIFailure(.forbidden, "words"), kind: .forbidden, status: 403),
        Case(error: Stranger(), kind: .internalError, status: 500, isTold: false),
    ]

    @Test(arguments: cases)
    func table(row: Case) {
        let failure = APIFailure(row.error)
        #expect(failure.kind == row.kind)
        #expect(failure.kind.httpStatus == row.status)
        #expect((failure.message == "words") == row.isTold)
        #expect(!failure.message.isEmpty)
        #expect(!failure.message.contains("SQL"), "no inner detail")
        #expect(!failure.message.contains("Stranger"))
    }

    @Test func aTagsOtherPlaylistIsTold() {
        let conflict = LibraryError.Conflict(playlistID: "p", playlistTitle: "Farm")
        let failure = APIFailure(LibraryError(.conflict, "words", conflict: conflict))
        #expect(failure.details == .object(["playlist_id": "p", "playlist_title": "Farm"]))
    }

    @Test(
        "what the HTTP library refuses",
        arguments: [
            (404, APIError.Kind.notFound), (405, .methodNotAllowed), (413, .payloadTooLarge), (400, .validation),
            (415, .validation), (500, .internalError), (503, .internalError),
        ]
    )
    func http(status: Int, kind: APIError.Kind) {
        let failure = APIFailure(HTTPError(.init(code: status)), uri: "/api/x")
        #expect(failure.kind == kind)
        #expect(!failure.message.isEmpty)
    }
}

/// `^[A-Za-z0-9_-]{1,100}$`
@Suite struct OperationTests {
    @Test(
        "ids of operations",
        arguments: [
            ("a", true), ("Az09_-", true), (String(repeating: "x", count: 100), true), ("", false), ("a b", false),
            (String(repeating: "x", count: 101), false), ("ä", false), ("a\n", false), ("a.b", false),
        ]
    )
    func ids(id: String, isRight: Bool) throws {
        let json = try JSONEncoder().encode(["client_op_id": id])
        let operation = try JSONDecoder().decode(MusicBoxServer::Operation.self, from: json)
        let passes = (try? operation.check()) != nil
        #expect(passes == isRight)
    }
}
