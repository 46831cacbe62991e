"""`/ws`: the same without Socket.IO."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
import websocket

import asyncapi
from box import Box
from phone import Phone
from waiting import DEADLINE


class Plain:
    """A client that knows nothing but JSON in text frames."""

    def __init__(self, url: str):
        self.socket = websocket.create_connection(url.replace("http", "ws") + "/ws", timeout=DEADLINE)

    def send(self, event: str, **fields: Any) -> None:
        self.socket.send(json.dumps({"event": event, **fields}))

    def hear(self) -> dict[str, Any]:
        message = json.loads(self.socket.recv())
        if name := message.get("event_type"):
            payload = message if name.startswith("state:") else {k: v for k, v in message.items() if k != "event_type"}
            assert not asyncapi.objections(name, payload)
        return message

    def until(self, name: str) -> list[dict[str, Any]]:
        """All that comes, up to the event `name`; without positions."""
        heard = [self.hear()]
        while heard[-1].get("event_type") != name:
            heard.append(self.hear())
        return [m for m in heard if m.get("event_type") != "state:track_position"]


@contextmanager
def plain(box: Box) -> Iterator[Plain]:
    client = Plain(box.url)
    try:
        greeting = client.hear()
        assert (greeting["event_type"], greeting["status"]) == ("connection_status", "connected")
        yield client
    finally:
        client.socket.close()


def test_rooms_commands_and_events(box: Box) -> None:
    # Also when the test is run again the command is a new one and changes something.
    box.post("/player/volume", {"volume": 36})
    name = f"plain-{secrets.token_hex(4)}"
    with plain(box) as client, Phone(box.url, "playlists") as phone:
        client.send("join:playlists")
        assert [m["event_type"] for m in client.until("ack:join")] == ["state:playlists", "state:player", "ack:join"]
        mark = phone.now
        client.send("player:volume", volume=37, client_op_id=name)
        heard = client.until("ack:op")
        assert (heard[-1]["client_op_id"], heard[-1]["data"]["volume"]) == (name, 37)
        if not any(m["event_type"] == "state:volume_changed" for m in heard):
            heard += client.until("state:volume_changed")
        told = next(m for m in heard if m["event_type"] == "state:volume_changed")
        assert told == phone.wait_for("state:volume_changed", since=mark).payload, "one event, one envelope"
        client.send("sync:request", last_global_seq=told["server_seq"])
        assert client.until("sync:complete")[-1]["synced_rooms"] == ["playlists"]
        client.send("leave:playlists")
        assert client.until("ack:leave")[-1]["success"] is True


def test_ping(box: Box) -> None:
    with plain(box) as client:
        client.send("ping")
        assert client.hear() == {"event": "pong"}
        client.send("client_ping", timestamp=5)
        assert client.hear()["timestamp"] == 5


@pytest.mark.parametrize("frame", ["", "no json", "[]", "7", "{}", '{"event":7}', '{"event":"no:such"}', '{"event":""}'])
def test_what_makes_no_sense_is_answered(box: Box, frame: str) -> None:
    with plain(box) as client:
        client.socket.send(frame)
        error = client.hear()
        assert (error["event_type"], error["error_type"]) == ("err:op", "validation_error")
        client.send("ping")
        assert client.hear() == {"event": "pong"}


def test_a_request_that_is_no_websocket_is_told_so(box: Box) -> None:
    assert requests.get(box.url + "/ws", timeout=30).status_code == 426
