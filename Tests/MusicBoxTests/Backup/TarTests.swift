import Foundation
import Testing

@testable import MusicBox

@Suite struct TarTests {
    /// What a reader makes of an archive that arrives in pieces of this size.
    private static func read(_ archive: [UInt8], pieces: Int) throws -> (
        entries: [TarEntry], data: [[UInt8]], whole: Bool
    ) {
        var reader = TarReader()
        var entries: [TarEntry] = []
        var data: [[UInt8]] = []
        for start in stride(from: 0, to: archive.count, by: pieces) {
            try reader.feed(Array(archive[start..<min(start + pieces, archive.count)])) { event in
                switch event {
                case .entry(let entry):
                    entries.append(entry)
                    data.append([])
                case .data(let bytes): data[data.count - 1] += bytes
                case .endOfEntry: break
                }
            }
        }
        return (entries, data, reader.isComplete)
    }

    private static func archive(_ files: [(path: String, bytes: [UInt8])]) -> [UInt8] {
        files.flatMap { file in
            Tar.header(of: TarEntry(path: file.path, size: file.bytes.count, modified: 1_700_000_000)) + file.bytes
                + [UInt8](repeating: 0, count: Tar.padding(of: file.bytes.count))
        } + Tar.end
    }

    @Test(arguments: [1, 7, 512, 100_000])
    func whatIsWrittenIsRead(_ pieces: Int) throws {
        let long = String(repeating: "long ", count: 60) + "näme.mp3"
        let files: [(path: String, bytes: [UInt8])] = [
            ("a.json", Array("{}".utf8)), ("empty", []), ("media/\(long)", Array(repeating: 7, count: 1_024)),
            ("line\nbreak", [1]),
        ]
        let read = try Self.read(Self.archive(files), pieces: pieces)
        #expect(read.entries.map(\.path) == files.map(\.path))
        #expect(read.data == files.map(\.bytes))
        #expect(read.entries.allSatisfy { $0.modified == 1_700_000_000 })
        #expect(read.whole)
    }

    @Test func sizesBeyondEightGibibytesGoIntoARecord() throws {
        var reader = TarReader()
        var entries: [TarEntry] = []
        try reader.feed(Tar.header(of: TarEntry(path: "large", size: 1 << 34))) {
            if case .entry(let entry) = $0 { entries.append(entry) }
        }
        #expect(entries == [TarEntry(path: "large", size: 1 << 34)])
    }

    @Test func anyCutIsSeen() throws {
        let archive = Self.archive([("a", [1, 2, 3]), ("b", Array(repeating: 1, count: 600))])
        for length in stride(from: 0, to: archive.count - 1_024, by: 100) {
            #expect(try !Self.read(Array(archive[..<length]), pieces: 512).whole)
        }
    }

    @Test(arguments: ["../evil", "a/../../evil", "/etc/passwd", "a//b", "a/./b", ""])
    func pathsThatLeadOutAreRefused(_ path: String) {
        #expect(throws: TarReader.Failure.self) { try Self.read(Self.archive([(path, [1])]), pieces: 512) }
    }

    @Test func noiseNeverCrashesIt() {
        var random = SeededGenerator(seed: 5)
        let whole = Self.archive([
            ("a", [1, 2, 3]), (String(repeating: "b", count: 200), Array(repeating: 1, count: 600)),
        ])
        for _ in 0..<2_000 {
            var archive = whole
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                archive[Int.random(in: 0..<archive.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? Self.read(archive, pieces: 300)
        }
    }

    @Test func linksAreRefused() {
        var header = Tar.header(of: TarEntry(path: "link", size: 0))
        header[156] = UInt8(ascii: "2")
        let sum = String(Tar.checksum(of: header), radix: 8)
        for (index, byte) in (String(repeating: "0", count: 6 - sum.count) + sum).utf8.enumerated() {
            header[148 + index] = byte
        }
        #expect(throws: TarReader.Failure.self) { try Self.read(header + Tar.end, pieces: 512) }
    }

    @Test func sumsSurviveAnyName() {
        let hash = String(repeating: "a", count: 64)
        for path in ["plain", "with  spaces", "back\\slash", "line\nbreak", "both\\\nof them", "\\n"] {
            #expect(BackupManifest.sums(BackupManifest.sum(hash, path)) == [path: hash])
        }
    }
}
