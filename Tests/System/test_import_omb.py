"""What an Open Music Box has, taken over as a whole: its database's own schema, in good and bad states."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import media
from box import Box
from test_ctl import BAD_DATA, NO_INPUT, OK, ctl, ctl_json

SCHEMA = """
    CREATE TABLE schema_migrations (version TEXT PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL,
        success BOOLEAN NOT NULL DEFAULT 0);
    CREATE TABLE playlists (id TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT, nfc_tag_id TEXT, path TEXT,
        type TEXT DEFAULT 'album', created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
    CREATE TABLE tracks (id TEXT PRIMARY KEY, playlist_id TEXT NOT NULL, track_number INTEGER NOT NULL,
        title TEXT NOT NULL, filename TEXT, file_path TEXT, duration_ms INTEGER, artist TEXT, album TEXT,
        play_count INTEGER DEFAULT 0, server_seq INTEGER DEFAULT 0,
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        FOREIGN KEY (playlist_id) REFERENCES playlists(id) ON DELETE CASCADE);
"""


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    directory = tmp_path_factory.mktemp("songs")
    return [media.make(directory, 400 + n, 1, "mp3-cbr").read_bytes() for n in range(6)]


@pytest.fixture
def old(tmp_path: Path, songs: list[bytes]) -> Path:
    """An installation whose database names its files in all the ways there are."""
    data = tmp_path / "app" / "data"
    uploads = data / "uploads"
    for folder in ("stories", "p2", "loose/deep", "tracks"):
        (uploads / folder).mkdir(parents=True)
    (uploads / "stories" / "one.mp3").write_bytes(songs[0])
    (uploads / "stories" / "two.mp3").write_bytes(songs[1])
    (uploads / "p2" / "three.mp3").write_bytes(songs[2])
    (uploads / "loose" / "deep" / "Four.mp3").write_bytes(songs[3])
    (tmp_path / "secret.mp3").write_bytes(songs[4])
    (uploads / "stories" / "bad.mp3").write_text("no music " * 100)
    with sqlite3.connect(data / "app.db") as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(SCHEMA)
        db.executemany(
            "INSERT INTO playlists (id, title, nfc_tag_id, path) VALUES (?, ?, ?, ?)",
            [
                ("p1", "Stories", "04:AA:BB:CC", "uploads/stories"),
                ("p2", "Songs", "04aabbcc", None),
                ("p3", "Stories", "not a tag", "uploads/loose"),
                ("p4", "Nothing left", "04aabbdd", None),
            ],
        )
        db.executemany(
            "INSERT INTO tracks (id, playlist_id, track_number, title, filename, file_path, artist) VALUES (?,?,?,?,?,?,?)",
            [
                ("t2", "p1", 2, "The second", "two.mp3", "/home/admin/tomb/app/data/uploads/stories/two.mp3", None),
                ("t1", "p1", 1, "The first", "one.mp3", "uploads/stories/one.mp3", "Somebody"),
                ("t3", "p1", 3, "Bad", "bad.mp3", None, None),
                ("t4", "p2", 1, "The third", "three.mp3", None, "Unknown"),
                ("t5", "p2", 2, "Hostile", "../../../secret.mp3", "../../../secret.mp3", None),
                ("t6", "p3", 1, "The fourth", "four.mp3", None, None),
                ("t7", "p4", 1, "Lost", "lost.mp3", "uploads/lost.mp3", None),
                ("t8", "p9", 1, "Orphan", "one.mp3", None, None),
            ],
        )
    db.close()
    return tmp_path


def everything(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


def test_all_that_is_there_comes_once_with_its_tags(make_box: Callable[..., Box], old: Path) -> None:
    box = make_box({"audio": {"device": "silent"}}).start()
    before = everything(old)
    first: dict[str, Any] = ctl_json(box.url, "import-omb", old)
    assert everything(old) == before
    assert {p["title"]: (p["tag"] if "tag" in p else None, p["added"]) for p in first["playlists"]} == {
        "Stories": ("04aabbcc", 2),
        "Songs": (None, 1),
        "Stories (2)": (None, 1),
    }
    said = " | ".join(f"{s['file']}: {s['reason']}" for s in first["skipped"])
    for word in ("lost.mp3", "secret.mp3", "bad.mp3", "not a tag", '04aabbcc is that of "Stories"', "Nothing left", "p9"):
        assert word in said, said
    found = {p["title"]: box.get(f"/playlists/{p['id']}") for p in box.get("/playlists")["playlists"]}
    assert [t["filename"] for t in found["Stories"]["tracks"]] == ["one.mp3", "two.mp3"]
    assert found["Stories"]["nfc_tag_ids"] == ["04aabbcc"]

    again = ctl_json(box.url, "import-omb", old / "app" / "data")
    assert [(p["added"], p["present"]) for p in again["playlists"]] == [(0, 2), (0, 1), (0, 1)]
    assert {p["title"]: p["track_count"] for p in box.get("/playlists")["playlists"]} == {
        title: playlist["track_count"] for title, playlist in found.items()
    }


def test_a_tag_of_this_box_stays_unless_forced(make_box: Callable[..., Box], old: Path) -> None:
    box = make_box({"audio": {"device": "silent"}}).start()
    own = box.post("/playlists", {"title": "Own"})["id"]
    box.bind("04aabbcc", own)
    assert "--force" in ctl(box.url, "import-omb", old).stderr
    assert box.get(f"/playlists/{own}")["nfc_tag_ids"] == ["04aabbcc"]
    ctl(box.url, "import-omb", old, "--force")
    assert box.get(f"/playlists/{own}")["nfc_tag_ids"] == []


@pytest.mark.parametrize("how", ["missing", "text", "page", "foreign", "empty"])
def test_a_database_that_is_none_is_named(how: str, make_box: Callable[..., Box], old: Path) -> None:
    box = make_box({"audio": {"device": "silent"}}).start()
    database = old / "app" / "data" / "app.db"
    for companion in ("-wal", "-shm"):
        database.with_name(database.name + companion).unlink(missing_ok=True)
    data = database.read_bytes()
    if how == "missing":
        database.unlink()
    elif how == "text":
        database.write_text("no database " * 1_000)
    elif how == "page":
        database.write_bytes(data[:4096] + b"\xff" * 4096 + data[8192:])
    else:
        database.unlink()
        with sqlite3.connect(database) as db:
            db.execute("CREATE TABLE something (x)")
            if how == "empty":
                db.executescript(SCHEMA)
        db.close()
    ended = ctl(box.url, "import-omb", old, status=NO_INPUT if how == "missing" else BAD_DATA)
    assert "app.db" in ended.stderr or how == "empty"
    assert box.get("/playlists")["total"] == 0


def test_ctl_syncs_and_downloads(make_box: Callable[..., Box], songs: list[bytes], tmp_path: Path) -> None:
    # Not watched: what came by hand is found by the command, and by nothing else before it.
    settings = {"audio": {"device": "silent"}, "youtube": {"program": "/no/such"}, "library": {"watch": False}}
    box = make_box(settings).start()
    folder = box.state / "media" / "By hand"
    folder.mkdir()
    (folder / "one.mp3").write_bytes(songs[0])
    (folder / "bad.mp3").write_text("no music " * 10)
    ended = ctl(box.url, "sync", status=OK)
    assert "1 playlists" in ended.stdout and "bad.mp3" in ended.stderr
    assert "yt-dlp" in ctl(box.url, "download", "http://127.0.0.1:9/x.mp3", status=1).stderr
