/// The names of the events of the wire contract, as clients send and receive them over Socket.IO.
package enum EventName {
    package static let connectionStatus = "connection_status"
    package static let joinPlaylists = "join:playlists"
    package static let leavePlaylists = "leave:playlists"
    package static let joinPlaylist = "join:playlist"
    package static let leavePlaylist = "leave:playlist"
    package static let joinNFC = "join:nfc"
    package static let leaveNFC = "leave:nfc"
    package static let ackJoin = "ack:join"
    package static let ackLeave = "ack:leave"
    package static let ackOperation = "ack:op"
    package static let errorOperation = "err:op"
    package static let statePlayer = "state:player"
    package static let stateTrackPosition = "state:track_position"
    package static let statePlaylists = "state:playlists"
    package static let statePlaylistCreated = "state:playlist_created"
    package static let statePlaylistDeleted = "state:playlist_deleted"
    package static let statePlaylist = "state:playlist"
    package static let statePlaylistUpdated = "state:playlist_updated"
    package static let stateTrack = "state:track"
    package static let stateTrackAdded = "state:track_added"
    package static let stateTrackDeleted = "state:track_deleted"
    package static let stateVolumeChanged = "state:volume_changed"
    package static let uploadProgress = "upload:progress"
    package static let uploadComplete = "upload:complete"
    package static let uploadError = "upload:error"
    package static let nfcStatus = "nfc_status"
    package static let nfcAssociationState = "nfc_association_state"
    package static let startNFCLink = "start_nfc_link"
    package static let stopNFCLink = "stop_nfc_link"
    package static let overrideNFCTag = "override_nfc_tag"
    package static let syncRequest = "sync:request"
    package static let syncComplete = "sync:complete"
    package static let syncError = "sync:error"
    package static let tagScanned = "nfc_tag_scanned"
    package static let requestCurrentState = "client:request_current_state"
    package static let clientPing = "client_ping"
    package static let clientPong = "client_pong"
    package static let healthCheck = "health_check"
    package static let healthStatus = "health_status"
    package static let healthError = "health_error"
    package static let downloadProgress = "youtube:progress"
    package static let downloadComplete = "youtube:complete"
    package static let downloadError = "youtube:error"
    package static let playerPlay = "player:play"
    package static let playerPause = "player:pause"
    package static let playerToggle = "player:toggle"
    package static let playerStop = "player:stop"
    package static let playerNext = "player:next"
    package static let playerPrevious = "player:previous"
    package static let playerSeek = "player:seek"
    package static let playerVolume = "player:volume"
    package static let playerSpeed = "player:speed"
    package static let playerSleep = "player:sleep"
    package static let playerStart = "player:start"
}

/// The names of the rooms that clients join.
package enum RoomName {
    package static let playlists = "playlists"
    package static let nfc = "nfc"

    package static func playlist(_ id: String) -> String { "playlist:\(id)" }

    /// The playlist whose room it is; nil for another room.
    package static func playlistID(of room: String) -> String? {
        room.hasPrefix("playlist:") ? String(room.dropFirst("playlist:".count)) : nil
    }
}
