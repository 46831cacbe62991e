"""The AsyncAPI document of the box, and whether what the box says keeps to it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

PATH = Path(__file__).resolve().parents[2] / "Sources" / "MusicBoxServer" / "Web" / "api" / "asyncapi.json"


@cache
def document() -> dict[str, Any]:
    return json.loads(PATH.read_text())


def resolve(pointer: str) -> Any:
    """What `#/a/b` points at."""
    found = document()
    for part in pointer.removeprefix("#/").split("/"):
        found = found[part]
    return found


def names(*channels: str) -> set[str]:
    """The names of the events of these channels."""
    return {
        resolve(message["$ref"])["name"]
        for channel in channels
        for message in document()["channels"][channel]["messages"].values()
    }


SENT = ("client", "playlists", "playlist", "nfc", "everyone")


@cache
def validator(event: str) -> Draft7Validator:
    """The validator of an event's payload. `KeyError` for an event that is not described."""
    for key, message in document()["components"]["messages"].items():
        if message["name"] == event:
            registry = Registry().with_resource("box:", Resource(document(), DRAFT7))
            schema = {"$ref": f"box:#/components/messages/{key}/payload"}
            return Draft7Validator(schema, registry=registry)
    raise KeyError(event)


def objections(event: str, payload: Any) -> list[str]:
    """What is wrong with an event of the box; empty if nothing is."""
    if event not in names(*SENT):
        return [f"{event} is not described"]
    return [
        f"{event}: {error.json_path} {error.message[:300]}" for error in validator(event).iter_errors(payload)
    ]
