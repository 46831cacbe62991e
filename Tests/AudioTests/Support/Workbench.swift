import Glibc
import Testing

@testable import Audio

/// A directory for the files of one test, removed at its end.
func withWorkbench<Result>(_ body: (Workbench) async throws -> Result) async throws -> Result {
    let bench = try Workbench()
    defer { bench.remove() }
    return try await body(bench)
}

struct Workbench {
    let directory: String

    init() throws {
        var template = Array("/tmp/musicbox-audio-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) }
        directory = String(cString: try #require(made))
    }

    func path(_ name: String) -> String { directory + "/" + name }

    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let path = path(name)
        let file = try #require(fopen(path, "wb"))
        defer { fclose(file) }
        try #require(fwrite(bytes, 1, bytes.count, file) == bytes.count)
        return path
    }

    func read(_ name: String) throws -> [UInt8] {
        let file = try #require(fopen(path(name), "rb"))
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        var bytes = [UInt8](repeating: 0, count: ftell(file))
        rewind(file)
        try #require(fread(&bytes, 1, bytes.count, file) == bytes.count)
        return bytes
    }

    /// A PCM WAV of 16 bits.
    func wav(_ samples: [Int16], channels: Int = 2, rate: Int = 44_100, name: String = "sound.wav") throws -> String {
        func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        let size = samples.count * 2
        var bytes: [UInt8] = Array("RIFF".utf8) + little(UInt32(36 + size)) + Array("WAVEfmt ".utf8)
        bytes += little(UInt32(16)) + little(UInt16(1)) + little(UInt16(channels)) + little(UInt32(rate))
        bytes += little(UInt32(rate * channels * 2)) + little(UInt16(channels * 2)) + little(UInt16(16))
        bytes += Array("data".utf8) + little(UInt32(size))
        bytes.reserveCapacity(bytes.count + size)
        for sample in samples { bytes += little(sample) }
        return try write(bytes, to: name)
    }

    /// Runs the `ffmpeg` program in the directory.
    func encode(_ arguments: [String]) throws {
        var words = (["ffmpeg", "-nostdin", "-v", "error", "-y"] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        words.append(nil)
        var child = pid_t()
        try #require(posix_spawnp(&child, "ffmpeg", nil, nil, words, environ) == 0)
        var status: Int32 = 0
        waitpid(child, &status, 0)
        try #require(status == 0, "ffmpeg \(arguments)")
    }

    func remove() {
        if let handle = opendir(directory) {
            while let entry = readdir(handle) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." {
                    Glibc.remove(path(name))
                }
            }
            closedir(handle)
        }
        rmdir(directory)
    }
}

/// Whether lossy formats can be made here.
let canEncode: Bool = {
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    return path.split(separator: ":").contains { access("\($0)/ffmpeg", X_OK) == 0 }
}()
