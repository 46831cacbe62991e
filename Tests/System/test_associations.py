"""Binding tags with a phone: sessions by socket and by REST, several phones watching."""

from collections.abc import Callable
from typing import Any

import pytest

from box import Box
from phone import Phone

FISH = "04f15a0000000a"


@pytest.fixture
def playlists(box: Box) -> tuple[str, str]:
    return box.post("/playlists", {"title": "Farm"})["id"], box.post("/playlists", {"title": "Wood"})["id"]


@pytest.fixture(autouse=True)
def clean(box: Box):
    yield
    for session in box.get("/nfc/status")["active_sessions"]:
        box.ask("DELETE", f"/nfc/session/{session['assoc_id']}")
    box.request("POST", "/nfc/remove")
    box.request("DELETE", f"/nfc/associate/{FISH}")


def by_socket(box: Box, phone: Phone, playlist: str, **fields: Any) -> str:
    return phone.call("start_nfc_link", {"playlist_id": playlist, **fields})["data"]["assoc_id"]


def by_rest(box: Box, phone: Phone, playlist: str, **fields: Any) -> str:
    return box.post("/nfc/scan", {"playlist_id": playlist, **fields})["session_id"]


@pytest.mark.parametrize("start", [by_socket, by_rest])
def test_every_end_is_announced_to_every_phone(
    box: Box, playlists: tuple[str, str], start: Callable[..., str]
) -> None:
    farm, wood = playlists
    with Phone(box.url, "nfc") as one, Phone(box.url, "nfc") as two, Phone(box.url) as outside:

        def told(session: str, status: str, news: str) -> dict[str, Any]:
            for phone in (one, two):
                heard = phone.wait_for("nfc_status", lambda e: (e["assoc_id"], e["state"]) == (session, status))
            for phone in (one, outside):
                phone.wait_for("nfc_association_state", lambda e: (e["session_id"], e["state"]) == (session, news))
            return heard.payload

        session = start(box, one, farm)
        told(session, "listening", "waiting")
        box.tap(FISH)
        told(session, "success", "success")
        assert box.get(f"/playlists/nfc/{FISH}")["id"] == farm
        assert box.player["active_playlist_id"] != farm, "it starts nothing"
        box.lift()

        session = start(box, one, wood)
        box.tap(FISH)
        assert told(session, "duplicate", "duplicate")["conflict_playlist_id"] == farm
        moved = one.call("override_nfc_tag", {"tag_id": FISH, "playlist_id": wood, "force": True})
        assert moved["status"] == "success"
        told(session, "success", "success")
        assert box.get(f"/playlists/nfc/{FISH}")["id"] == wood

        session = start(box, one, farm)
        assert one.call("stop_nfc_link", {"assoc_id": session})["status"] == "success"
        told(session, "stopped", "cancelled")

        session = start(box, one, farm, timeout_ms=50)
        told(session, "timeout", "timeout")

        session = start(box, one, farm)
        box.ask("DELETE", f"/playlists/{farm}")
        told(session, "error", "error")


def test_who_comes_later_sees_what_listens(box: Box, playlists: tuple[str, str]) -> None:
    session = box.post("/nfc/scan", {"playlist_id": playlists[0]})["assoc_id"]
    with Phone(box.url) as phone:
        phone.join("nfc")
        assert phone.heard("nfc_status")[0].payload["assoc_id"] == session
    assert box.refusal("POST", "/nfc/scan", {"playlist_id": playlists[0]}).status == 409
