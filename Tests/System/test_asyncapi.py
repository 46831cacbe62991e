"""The box's own description of its events."""

import jsonschema
import pytest
import requests

import asyncapi
from box import Box

CLIENT = {
    # fmt: off
    "join:playlists", "join:playlist", "join:nfc", "leave:playlists", "leave:playlist", "leave:nfc", "start_nfc_link",
    "stop_nfc_link", "override_nfc_tag", "sync:request", "client:request_current_state", "client_ping", "health_check",
    "player:play", "player:pause", "player:toggle", "player:stop", "player:next", "player:previous", "player:seek",
    "player:volume", "player:start", "player:speed", "player:sleep",
    # fmt: on
}
SERVER = {
    # fmt: off
    "connection_status", "ack:join", "ack:leave", "state:player", "state:track_position", "state:playlists",
    "state:playlist_created", "state:playlist_updated", "state:playlist_deleted", "state:playlist", "state:track",
    "state:track_added", "state:track_deleted", "state:volume_changed", "ack:op", "err:op", "upload:progress",
    "upload:complete", "upload:error", "nfc_status", "nfc_association_state", "nfc_tag_scanned", "youtube:progress",
    "youtube:complete", "youtube:error", "health_status", "health_error", "sync:complete", "sync:error", "client_pong",
    # fmt: on
}


def test_it_is_served(box: Box) -> None:
    answer = requests.get(box.url + "/api/asyncapi.json", timeout=30)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json() == asyncapi.document()


def test_every_event_is_described() -> None:
    assert asyncapi.document()["asyncapi"].startswith("3.")
    assert asyncapi.names("box") == CLIENT
    assert asyncapi.names(*asyncapi.SENT) >= SERVER


def test_every_schema_and_reference_holds() -> None:
    for message in asyncapi.document()["components"]["messages"].values():
        jsonschema.Draft7Validator.check_schema(message["payload"])

    def follow(value: object) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                asyncapi.resolve(value["$ref"])
            for part in value.values():
                follow(part)
        elif isinstance(value, list):
            for part in value:
                follow(part)

    follow(asyncapi.document())


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("client_pong", {}),
        ("client_pong", {"server_time": 1, "server_seq": "1"}),
        ("client_pong", {"server_time": 1, "server_seq": 1, "more": 1}),
        ("state:volume_changed", {"volume": 1, "muted": False}),
        ("no:such", {}),
        ("player:play", {}),
    ],
)
def test_it_objects(event: str, payload: dict) -> None:
    assert asyncapi.objections(event, payload)
