"""Files in all states of decay: the box names them, skips them, and plays on."""

from collections.abc import Callable
from pathlib import Path

import pytest

import media
import sound
from box import Box
from phone import Phone
from pulse import Pulse

Music = Callable[..., Path]


def stored(box: Box, playlist: str, number: int) -> Path:
    """Where the box keeps a track."""
    track = box.get(f"/playlists/{playlist}")["tracks"][number - 1]
    path = Path(track["file_path"])
    found = [p for p in (box.state / "media" / path, box.state / path) if p.exists()]
    assert found, f"{path} is not below {box.state}"
    return found[0]


def rot(path: Path, how: str) -> None:
    if how == "missing":
        path.unlink()
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "text":
        path.write_text("This is not music.\n" * 200)
    elif how == "directory":
        path.unlink()
        path.mkdir()
    else:
        media.scramble(path)


@pytest.mark.parametrize("how", ["missing", "empty", "text", "corrupt", "directory"])
def test_a_rotten_file_is_named_and_the_next_one_plays(
    how: str, box: Box, card: Pulse, phone: Phone, music: Music
) -> None:
    good = music(91, 2)
    playlist = box.playlist(f"rotten {how}", [music(90, 2, "mp3-cbr"), good])
    rotten = stored(box, playlist, 1)
    filename = box.get(f"/playlists/{playlist}")["tracks"][0]["filename"]
    rot(rotten, how)
    with card.record() as recording:
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        told = phone.wait_for("state:player", lambda e: e["data"].get("error_message"), mark).data["error_message"]
        assert filename in told or rotten.name in told, "the message names the file"
        phone.wait_player(mark, is_playing=True, track_index=1)
        phone.wait_player(mark, state="stopped")
        recording.wait(0.3)
        assert sound.find(recording.stop(), media.decode(good)).correlation > 0.99


def test_a_rotten_file_in_the_middle_leaves_its_neighbours_whole(
    box: Box, card: Pulse, phone: Phone, music: Music
) -> None:
    first, last = music(92, 2), music(93, 2)
    playlist = box.playlist("rotten middle", [first, music(90, 2, "mp3-cbr"), last])
    rot(stored(box, playlist, 2), "text")
    with card.record() as recording:
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        phone.wait_player(mark, state="stopped")
        recording.wait(0.3)
        heard = recording.stop()
    assert sound.find(heard, media.decode(first)).correlation > 0.99
    assert sound.find(heard, media.decode(last)).correlation > 0.99


def test_a_playlist_of_only_rotten_files_ends(box: Box, phone: Phone, music: Music) -> None:
    playlist = box.playlist("all rotten", [music(90, 2, "mp3-cbr"), music(91, 2)])
    for number in (1, 2):
        rot(stored(box, playlist, number), "empty")
    mark = phone.now
    box.request("POST", f"/playlists/{playlist}/start", {})
    phone.wait_for(
        "state:player", lambda e: e["data"]["state"] in ("error", "stopped") and e["data"].get("error_message"), mark
    )
    assert box.player["is_playing"] is False


def test_a_flac_named_mp3_plays(box: Box, card: Pulse, phone: Phone, music: Music, tmp_path: Path) -> None:
    misnamed = tmp_path / "really a flac.mp3"
    misnamed.write_bytes(music(94, 2).read_bytes())
    playlist = box.playlist("misnamed", [misnamed])
    with card.record() as recording:
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        phone.wait_player(mark, state="stopped")
        recording.wait(0.3)
        assert sound.find(recording.stop(), media.decode(music(94, 2))).correlation > 0.99


def test_a_file_damaged_in_the_middle_plays_what_is_left(
    box: Box, card: Pulse, phone: Phone, music: Music
) -> None:
    whole = music(95, 6, "mp3-cbr")
    playlist = box.playlist("scratched", [whole])
    path = stored(box, playlist, 1)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 8_000] = bytes(8_000)
    path.write_bytes(data)
    original = media.decode(whole)
    with card.record() as recording:
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        phone.wait_player(mark, state="stopped")
        recording.wait(0.3)
        heard = recording.stop()
    assert sound.find(heard, original[: 2 * 44_100]).correlation > 0.99
    assert sound.find(heard, original[4 * 44_100 :]).correlation > 0.99


def test_a_truncated_file_plays_to_where_it_was_cut(
    box: Box, card: Pulse, phone: Phone, music: Music
) -> None:
    whole = music(96, 6)
    playlist = box.playlist("cut short", [whole, music(91, 2)])
    path = stored(box, playlist, 1)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with card.record() as recording:
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True)
        phone.wait_player(mark, state="stopped")
        recording.wait(0.3)
        heard = recording.stop()
    assert sound.find(heard, media.decode(whole)[: 2 * 44_100]).correlation > 0.99
    assert sound.find(heard, media.decode(music(91, 2))).correlation > 0.99


@pytest.mark.parametrize("name", ["text.mp3", "empty.mp3", "picture.png"])
def test_what_is_no_music_is_refused_at_the_door(name: str, box: Box, music: Music, tmp_path: Path) -> None:
    playlist = box.playlist(f"door {name}", [music(91, 2)])
    file = tmp_path / name
    file.write_bytes(b"" if name == "empty.mp3" else b"no music " * 500)
    with pytest.raises(AssertionError) as refused:
        box.upload(playlist, file)
    assert refused.value.status in (400, 409, 415)
    assert len(box.get(f"/playlists/{playlist}")["tracks"]) == 1
