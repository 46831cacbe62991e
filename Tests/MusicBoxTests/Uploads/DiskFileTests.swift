import Foundation
import Testing

@testable import MusicBox

@Suite struct DiskFileTests {
    @Test func aNameIsTakenOnceAndNothingIsOverwritten() async throws {
        try await withDirectory { directory in
            let target = directory + "/media"
            var names: [String] = []
            for number in 1...3 {
                let path = directory + "/upload"
                try Data([UInt8(number)]).write(to: URL(fileURLWithPath: path))
                names.append(try DiskFile.move(path, into: target, as: "song.mp3"))
                #expect(DiskFile.fileSize(of: path) == nil)
            }
            #expect(names == ["song.mp3", "song (2).mp3", "song (3).mp3"])
            for (number, name) in zip(1..., names) {
                #expect(DiskFile.contents(of: target + "/" + name) == [UInt8(number)])
            }
        }
    }

    @Test func aMoveThatFailsLeavesNoNameBehind() async throws {
        try await withDirectory { directory in
            #expect(throws: BoxError.self) {
                try DiskFile.move(directory + "/nothing", into: directory + "/media", as: "song.mp3")
            }
            #expect(DiskFile.names(in: directory + "/media") == [])
        }
    }

    @Test func whatIsAppendedIsThereAsAWhole() async throws {
        try await withDirectory { directory in
            let path = directory + "/record"
            try DiskFile.append([1, 2], to: path)
            try DiskFile.append([3], to: path)
            #expect(DiskFile.contents(of: path) == [1, 2, 3])
            #expect(DiskFile.contents(of: path, limit: 2) == nil)
            #expect(throws: BoxError.self) { try DiskFile.append([1], to: directory + "/no/record") }
        }
    }

    @Test(
        "names for file systems that allow less",
        arguments: [
            ("a:b?.mp3", "a_b_.mp3"), ("what*.", "what_"), ("\"<>|\".mp3", "_____.mp3"), ("plain.mp3", "plain.mp3"),
            ("..", "track"),
        ]
    )
    func portable(name: String, expected: String) {
        #expect(MediaName.portable(name) == expected)
    }
}
