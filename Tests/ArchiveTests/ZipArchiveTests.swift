import Foundation
import Testing

@testable import Archive

/// The archives are made by hand, byte by byte: no tool makes the bad ones.
@Suite struct ZipArchiveTests {
    /// A stored entry; `mode` is that of Unix, in the upper half of the external attributes.
    private struct Entry {
        var name: String
        var data: [UInt8]
        var mode: UInt32 = 0o100644
        var flags: UInt16 = 0x0800
        /// What the headers say of the size, if it is a lie.
        var size: UInt32?
    }

    private static func zip(_ entries: [Entry]) -> [UInt8] {
        func number(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let name = Array(entry.name.utf8)
            let size = entry.size ?? UInt32(entry.data.count)
            let common =
                number(UInt16(20)) + number(entry.flags) + number(UInt16(0)) + number(UInt32(0))
                + number(crc32(entry.data)) + number(size) + number(size) + number(UInt16(name.count))
                + number(UInt16(0))
            directory +=
                number(UInt32(0x0201_4b50)) + number(UInt16(0x0314)) + common + number(UInt16(0)) + number(UInt16(0))
                + number(UInt16(0)) + number(entry.mode << 16) + number(UInt32(bytes.count)) + name
            bytes += number(UInt32(0x0403_4b50)) + common + name + entry.data
        }
        let end =
            number(UInt32(0x0605_4b50)) + number(UInt32(0)) + number(UInt16(entries.count))
            + number(UInt16(entries.count)) + number(UInt32(directory.count)) + number(UInt32(bytes.count))
            + number(UInt16(0))
        return bytes + directory + end
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
        }
    }

    private func unpack(
        _ bytes: [UInt8],
        totalBytes: Int = 1_000,
        maximumFiles: Int = 10,
        _ check: ([ZipArchive.File], String) throws -> Void = { _, _ in }
    ) throws {
        let directory = NSTemporaryDirectory() + "/archive-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data(bytes).write(to: URL(fileURLWithPath: directory + "/a.zip"))
        let files = try ZipArchive.unpack(
            directory + "/a.zip",
            into: directory + "/out",
            totalBytes: totalBytes,
            maximumFiles: maximumFiles
        ) { $0.hasSuffix(".mp3") }
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        #expect(names == ["a.zip", "out"], "nothing is written anywhere else")
        try check(files, directory + "/out")
    }

    private func code(_ body: () throws -> Void) -> ArchiveError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? ArchiveError)?.code
        }
    }

    @Test func whatIsWantedComesOut() throws {
        let entries = [
            Entry(name: "Märchen/1.mp3", data: [1, 2, 3]), Entry(name: "Märchen/", data: [], mode: 0o040755),
            Entry(name: "notes.txt", data: [4]), Entry(name: "2.mp3", data: []),
        ]
        try unpack(Self.zip(entries)) { files, directory in
            #expect(files.map(\.name) == ["Märchen/1.mp3", "2.mp3"])
            #expect(files.map(\.size) == [3, 0])
            #expect(files.map(\.path) == [directory + "/0.mp3", directory + "/1.mp3"])
            #expect(FileManager.default.contents(atPath: files[0].path) == Data([1, 2, 3]))
        }
    }

    @Test("names are for people", arguments: ["../../x.mp3", "/etc/x.mp3", "a/../../x.mp3", "C:\\x.mp3", "x\n.mp3"])
    func traversal(name: String) throws {
        try unpack(Self.zip([Entry(name: name, data: [1])])) { files, directory in
            #expect(files.map(\.path) == [directory + "/0.mp3"])
        }
    }

    @Test(
        "no links, no devices, no directories",
        arguments: [0o120777, 0o020666, 0o060666, 0o010666, 0o040755] as [UInt32]
    )
    func otherKinds(mode: UInt32) throws {
        try unpack(Self.zip([Entry(name: "x.mp3", data: Array("/etc/passwd".utf8), mode: mode)])) { files, _ in
            #expect(files.isEmpty)
        }
    }

    @Test func limits() throws {
        let entries = (0..<3).map { Entry(name: "\($0).mp3", data: [UInt8](repeating: 1, count: 100)) }
        try unpack(Self.zip(entries), totalBytes: 300, maximumFiles: 3) { files, _ in #expect(files.count == 3) }
        #expect(code { try unpack(Self.zip(entries), totalBytes: 299, maximumFiles: 3) } == .tooLarge)
        #expect(code { try unpack(Self.zip(entries), totalBytes: 300, maximumFiles: 2) } == .tooLarge)
    }

    @Test func aPasswordIsNamed() {
        #expect(code { try unpack(Self.zip([Entry(name: "x.mp3", data: [1, 2, 3], flags: 0x0801)])) } == .malformed)
    }

    @Test("what is no archive, or a broken one")
    func malformed() {
        let whole = Self.zip([Entry(name: "x.mp3", data: [1, 2, 3])])
        for bytes in [[], Array("nothing".utf8), Array(whole.dropLast(30)), Array(whole.dropFirst(20))] {
            #expect(code { try unpack(bytes) } == .malformed)
        }
        #expect(code { try unpack(Self.zip([Entry(name: "x.mp3", data: [1], size: 5_000)])) } == .malformed)
    }
}
