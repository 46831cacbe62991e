"""CUE sheets that are sent: by themselves, before and behind their file, and in an archive."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import media
from box import Box, Refused

Music = Callable[..., Path]


def sheet(path: Path, file: str, starts: list[int]) -> Path:
    marks = "".join(
        f'  TRACK {n:02} AUDIO\n    TITLE "Part {n}"\n    INDEX 01 00:{start:02}:00\n' for n, start in enumerate(starts, 1)
    )
    path.write_text(f'PERFORMER "Somebody"\nFILE "{file}" WAVE\n{marks}')
    return path


def refused(box: Box, playlist: str, file: Path) -> Refused:
    """What is said at the end of an upload that cannot be used."""
    data = file.read_bytes()
    route = f"/playlists/{playlist}/uploads"
    session = box.post(f"{route}/session", {"filename": file.name, "file_size": len(data)})["session_id"]
    box.ask("PUT", f"{route}/{session}/chunks/0", data=data)
    return box.refusal("POST", f"{route}/{session}/finalize", {})


def titles(box: Box, playlist: str) -> list[str]:
    return [track["title"] for track in box.get(f"/playlists/{playlist}")["tracks"]]


def test_a_sheet_divides_its_track_in_its_place(box: Box, music: Music, tmp_path: Path) -> None:
    whole = media.encode(tmp_path / "whole.flac", media.melody(160, 60), "flac", {"title": "Whole"})
    playlist = box.playlist("sheets", [music(161, 1), whole, music(162, 1)])
    before = box.get(f"/playlists/{playlist}")["tracks"]
    made = box.upload(playlist, sheet(tmp_path / "other name.cue", "whole.wav", [0, 20, 40]))
    after = box.get(f"/playlists/{playlist}")["tracks"]
    assert [track["title"] for track in after][1:4] == ["Part 1", "Part 2", "Part 3"]
    assert [track["track_number"] for track in after] == [1, 2, 3, 4, 5]
    assert [track["id"] for track in (after[0], after[1], after[4])] == [track["id"] for track in before]
    assert {track["file_hash"] for track in after[1:4]} == {before[1]["file_hash"]}
    assert made["id"] == before[1]["id"]
    box.post(f"/playlists/{playlist}/play/3")
    box.wait_player("the second part", is_playing=True, active_track_title="Part 2", duration_ms=20_000)
    box.post("/player/stop")
    # It is divided already.
    error = refused(box, playlist, sheet(tmp_path / "again.cue", "whole.flac", [0, 3]))
    assert error.status == 409


def test_a_sheet_without_its_file_is_told_what_is_missing(box: Box, tmp_path: Path) -> None:
    playlist = box.playlist("no file", [])
    error = refused(box, playlist, sheet(tmp_path / "a.cue", "missing.flac", [0, 2]))
    assert error.status == 409 and "missing.flac" in str(error)
    nonsense = tmp_path / "b.cue"
    nonsense.write_bytes(b"\0\1\2" * 99)
    assert refused(box, playlist, nonsense).status == 400


def test_an_archive_with_a_sheet_becomes_its_tracks(box: Box, tmp_path: Path) -> None:
    audio = media.encode(tmp_path / "concert.flac", media.melody(163, 5), "flac", {"title": "Concert"})
    cue = sheet(tmp_path / "concert.cue", "concert.flac", [0, 3])
    archive = tmp_path / "concert.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.write(audio, "disc/concert.flac")
        zipped.write(cue, "disc/concert.cue")
    playlist = box.playlist("archive", [])
    box.upload(playlist, archive)
    assert titles(box, playlist) == ["Part 1", "Part 2"]
