import FoundationEssentials
import Glibc

/// Makes the files of one album: plays, encodes, and moves each finished file to its place.
struct DemoPress: Sendable {
    let album: DemoAlbum
    let directory: String
    /// A folder for what is not finished; its owner removes it.
    let workshop: String

    func run(_ finished: @Sendable (_ title: String) -> Void) async throws -> DemoPlaylist {
        let folder = directory + "/" + album.title
        for path in [workshop, folder] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        let picture = try await draw()
        var playlist = DemoPlaylist(title: album.title, folder: folder, tag: album.tag, files: [])
        for (index, track) in album.tracks.enumerated() {
            let number = index + 1
            let name = "\(number < 10 ? "0" : "")\(number) \(track.tune.title).\(track.format.rawValue)"
            try await Task { @concurrent in try record(track.tune, seed: UInt64(number)) }.value
            let encoder = Encoder(workshop: workshop, recording: recording, picture: picture)
            let tags = Encoder.Tags(
                title: track.tune.title,
                artist: track.tune.composer,
                album: album.title,
                number: number,
                count: album.tracks.count
            )
            let file = try await encoder.encode(track.format, tags)
            try move(file, to: folder + "/" + name)
            playlist.files.append(folder + "/" + name)
            finished(track.tune.title)
        }
        try move(picture, to: folder + "/cover.jpg")
        return playlist
    }

    private var recording: String { workshop + "/recording.wav" }

    private func record(_ tune: Tune, seed: UInt64) throws {
        var sound = Comb().play(Performance(tune, seed: seed))
        Room().place(&sound)
        Mastering().finish(&sound)
        try WaveFile.data(of: sound).write(to: URL(filePath: recording))
    }

    private func draw() async throws -> String {
        let pixmap = workshop + "/cover.ppm"
        let album = album
        try await Task { @concurrent in try album.cover().pixmap().write(to: URL(filePath: pixmap)) }.value
        let picture = workshop + "/cover.jpg"
        try await Encoder.run(["-i", pixmap, "-q:v", "3", "-pix_fmt", "yuvj420p", picture])
        return picture
    }

    private func move(_ file: String, to target: String) throws {
        guard rename(file, target) == 0 else {
            throw DemoError(description: "\(target) cannot be written: \(String(cString: strerror(errno))).")
        }
    }
}
