import FoundationEssentials
import Subprocess

/// The `ffmpeg` program, which writes the formats.
struct Encoder: Sendable {
    struct Tags: Sendable {
        var title, artist, album: String
        var number, count: Int
    }

    /// Where the encoded file is written before it gets its name.
    let workshop: String
    let recording: String
    /// A JPEG.
    let picture: String

    /// - Returns: the path of the encoded file.
    func encode(_ format: AudioFormat, _ tags: Tags) async throws -> String {
        let metadata = workshop + "/metadata.txt"
        let target = workshop + "/encoded.\(format.rawValue)"
        var entries = [
            ("title", tags.title), ("artist", tags.artist), ("album", tags.album), ("genre", "Music box"),
            ("track", "\(tags.number)/\(tags.count)"),
        ]
        var arguments = ["-i", recording, "-f", "ffmetadata", "-i", metadata]
        if format.keepsPictureInComment {
            entries.append(("METADATA_BLOCK_PICTURE", try pictureBlock()))
            arguments += ["-map", "0:a", "-map_metadata", "1"]
        } else {
            arguments += ["-i", picture, "-map", "0:a", "-map", "2:v", "-map_metadata", "1"]
            arguments += ["-c:v", "copy", "-disposition:v:0", "attached_pic"]
            arguments += ["-metadata:s:v", "title=Album cover", "-metadata:s:v", "comment=Cover (front)"]
        }
        let text = ";FFMETADATA1\n" + entries.map { "\($0)=\(Self.escaped($1))\n" }.joined()
        try Data(text.utf8).write(to: URL(filePath: metadata))
        try await Self.run(arguments + format.codec + [target])
        return target
    }

    /// A FLAC picture block (https://xiph.org/flac/format.html#metadata_block_picture) in base64.
    private func pictureBlock() throws -> String {
        let image = try Data(contentsOf: URL(filePath: picture))
        var block = Data()
        func append(_ value: Int) {
            withUnsafeBytes(of: UInt32(value).bigEndian) { block.append(contentsOf: $0) }
        }
        append(3)
        append("image/jpeg".utf8.count)
        block.append(contentsOf: "image/jpeg".utf8)
        append(0)
        for value in [Canvas.size, Canvas.size, 24, 0, image.count] { append(value) }
        block.append(image)
        return block.base64EncodedString()
    }

    /// https://ffmpeg.org/ffmpeg-formats.html#Metadata-2
    private static func escaped(_ value: String) -> String {
        String(value.flatMap { "=;#\\\n".contains($0) ? ["\\", $0] : [$0] })
    }

    // MARK: - The program

    static func requireProgram() async throws {
        try await run(["-version"])
    }

    /// Runs `ffmpeg` to its end; what it has to say is the error.
    static func run(_ arguments: [String]) async throws {
        let result: ExecutionResult<Void, DiscardedOutput, StringOutput<UTF8>>
        do {
            result = try await Subprocess.run(
                .name("ffmpeg"),
                arguments: Arguments(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"] + arguments),
                output: .discarded,
                error: .string(limit: 16_384)
            )
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw DemoError(description: "ffmpeg is not installed: apt install ffmpeg.")
        }
        guard result.terminationStatus.isSuccess else {
            let said = result.standardError.split(separator: "\n").last ?? "no reason given"
            throw DemoError(description: "ffmpeg failed: \(said)")
        }
    }
}
