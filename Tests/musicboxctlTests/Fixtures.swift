import MusicBoxAPI

func playlist(_ title: String, id: String? = nil) -> Playlist {
    Playlist(
        id: id ?? "id-\(title)",
        title: title,
        description: "",
        nfcTagIDs: [],
        trackCount: 1,
        totalDurationMs: 60_000,
        createdAt: "2026-01-01T00:00:00Z",
        updatedAt: "2026-01-01T00:00:00Z",
        serverSeq: 1,
        playlistSeq: 1,
        tracks: nil
    )
}

func track(_ title: String, number: Int = 1) -> Track {
    Track(
        id: "id-\(title)",
        number: number,
        title: title,
        filename: "\(title).mp3",
        filePath: "\(title).mp3",
        durationMs: 60_000,
        artist: nil,
        album: nil,
        fileHash: nil,
        fileSize: 1000,
        playCount: 0,
        createdAt: "2026-01-01T00:00:00Z",
        updatedAt: "2026-01-01T00:00:00Z",
        serverSeq: 1
    )
}

func playing(_ title: String, at positionMs: Int, state: PlayerState.Mode = .playing, volume: Int = 50) -> PlayerState {
    PlayerState(
        state: state,
        activePlaylistID: "id-Lullabies",
        activePlaylistTitle: "Lullabies",
        activeTrack: track(title),
        positionMs: positionMs,
        trackIndex: 0,
        trackCount: 3,
        volume: volume,
        muted: false,
        serverSeq: 1
    )
}
