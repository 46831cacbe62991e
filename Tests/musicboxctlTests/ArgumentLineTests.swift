import ArgumentParser
import Testing

@testable import musicboxctl

@Suite struct ArgumentLineTests {
    @Test(arguments: [
        (["status"], ["status"]),
        (["--json", "status"], ["status", "--json"]),
        (["--url", "box", "--json", "playlist", "show", "x"], ["playlist", "show", "x", "--url", "box", "--json"]),
        (["--url=box", "bind", "--", "04", "--x"], ["bind", "--url=box", "--", "04", "--x"]),
        (["seek", "-10"], ["seek", "\u{2212}10"]),
        (["seek", "-1:00", "--json"], ["seek", "\u{2212}1:00", "--json"]),
        (["volume", "-5"], ["volume", "\u{2212}5"]),
        (["start", "-5"], ["start", "-5"]),
        (["--timeout", "5", "seek", "-3"], ["seek", "\u{2212}3", "--timeout", "5"]),
        (["--json"], ["--json"]), (["--url"], ["--url"]), (["--help"], ["--help"]), ([], []),
    ])
    func normalises(_ typed: [String], _ expected: [String]) {
        #expect(ArgumentLine.normalised(typed) == expected)
    }

    @Test(arguments: [
        ["seek", "-10"], ["volume", "-5", "--json"], ["--json", "status"],
        ["--url", "box:80", "playlist", "show", "x"],
        ["import", "/music", "--no-recursive"], ["bind", "04:a1:b2:c3", "x", "--force"], ["--timeout", "3", "watch"],
    ])
    func isUnderstood(_ typed: [String]) throws {
        #expect(throws: Never.self) { try MusicBoxCtl.parseAsRoot(ArgumentLine.normalised(typed)) }
    }

    @Test(arguments: [
        ["volume", "101"], ["seek", "soon"], ["start", "x", "0"], ["bind", "xx", "y"],
        ["status", "--url", "https://box"],
        ["status", "--timeout", "0"], ["import", "/m", "--append", "--force"], ["import", "/m", "--title", " "],
        ["frob"],
    ])
    func isRefusedAsUsage(_ typed: [String]) throws {
        let error = #expect(throws: (any Error).self) { try MusicBoxCtl.parseAsRoot(ArgumentLine.normalised(typed)) }
        let code = MusicBoxCtl.exitCode(for: try #require(error))
        #expect(code.rawValue == CtlError.Code.usage.rawValue)
    }
}
