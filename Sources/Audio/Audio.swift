// The room `Audio`: a file goes in, sound comes out. It knows requests to play a file from a position, not playlists,
// tags or clients.
//
//   AudioEngine        commands in (a mailbox, last load wins), events, position and statistics out
//   Decode/            the `decoder` thread: owns every FFmpeg handle, fills the ring, relays what the output reports;
//                      a `stream` thread for each address that is played: owns the connection, fills a queue of bytes
//   Exchange/          what the two threads share: a ring of frames, queues of fixed-size messages, atomics; no locks
//   Volume/            the one truth about the volume; the `mixer` thread keeps a card's own control where it belongs
//   Output/            the `audio-out` thread: owns the PCM, mixes, paces, knows which sample is heard now
//   Files/             reading tags, covers and chapters, decoding for measurement
//
// Sound travels as interleaved stereo Float32 at the device's rate. Frames are counted, never timed: the position is
// what was handed to the device less what the device still holds.
