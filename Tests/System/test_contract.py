"""The description of the REST side: served as it is in the tree, valid, complete, and kept under attack."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

import contract
from box import Box

# Every row of the REST table of the wire contract.
ROUTES = """
GET /health
GET /system/info
GET /system/logs
GET /system/diagnostics
GET /player/status
POST /player/play
POST /player/pause
POST /player/toggle
POST /player/stop
POST /player/next
POST /player/previous
POST /player/seek
POST /player/volume
GET /player/volume
GET /playlists
POST /playlists
GET /playlists/{id}
PUT /playlists/{id}
DELETE /playlists/{id}
POST /playlists/{id}/start
POST /playlists/{id}/play/{track_number}
POST /playlists/{id}/reorder
DELETE /playlists/{id}/tracks
POST /playlists/move-track
POST /playlists/{id}/move-track
PUT /playlists/{id}/tracks/{track_id}
GET /playlists/{id}/cover
GET /tracks/{id}/cover
GET /tracks/{id}/audio
POST /playlists/{id}/uploads/session
PUT /playlists/{id}/uploads/{sid}/chunks/{index}
GET /playlists/{id}/uploads/{sid}
POST /playlists/{id}/uploads/{sid}/finalize
GET /uploads/sessions
DELETE /uploads/sessions/{sid}
POST /uploads/cleanup
POST /nfc/associate
DELETE /nfc/associate/{tag_id}
GET /nfc/status
POST /nfc/scan
DELETE /nfc/session/{session_id}
GET /playlists/nfc/{tag_id}
POST /playlists/nfc/{tag_id}/associate/{playlist_id}
DELETE /playlists/nfc/{tag_id}/associate/{playlist_id}
GET /openapi.json
GET /asyncapi.json
""".split("\n")


@pytest.fixture(scope="module")
def own_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A box of this module's own: what attacks it must not disturb others. Its downloads reach nobody: what answers in the
    place of yt-dlp finds the same for each search, and downloads nothing."""
    directory = tmp_path_factory.mktemp("attacked")
    nothing = directory / "nothing"
    nothing.write_text("#!/bin/sh\necho '{\"id\":\"x\",\"title\":\"A song\"}'\necho 'ERROR: there is nothing there' >&2\nexit 1\n")
    nothing.chmod(0o755)
    with Box({"audio": {"device": "silent"}, "youtube": {"program": str(nothing)}}) as box:
        yield box


def test_the_description_is_served(own_box: Box) -> None:
    answer = own_box.request("GET", "/openapi.json")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json() == json.loads(contract.DOCUMENT.read_text())


@pytest.mark.parametrize("route", [route for route in ROUTES if route])
def test_every_route_is_described(route: str) -> None:
    method, path = route.split()
    assert method.lower() in contract.document()["paths"].get(path, {}), route


def test_every_reference_leads_somewhere() -> None:
    def walk(node: object) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                contract.resolve({"$ref": node["$ref"]})
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(contract.document())


@pytest.mark.parametrize(
    "path",
    sorted(path for path, methods in contract.document()["paths"].items() if not path.endswith(".json")),
)
def test_another_method_is_refused_and_the_right_ones_named(path: str, own_box: Box) -> None:
    methods = {method.upper() for method in contract.document()["paths"][path]}
    if "GET" in methods:
        methods.add("HEAD")
    concrete = path.replace("{track_number}", "1").replace("{index}", "0").replace("{", "").replace("}", "")
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods:
        answer = requests.request(method, f"{own_box.url}/api{concrete}", timeout=20)
        assert answer.status_code == 405, f"{method} {path}: {answer.status_code}"
        assert set(answer.headers["Allow"].split(", ")) == methods
        assert answer.json()["error_type"] == "method_not_allowed" and answer.json()["request_id"]


@pytest.mark.parametrize("opid", ["", " ", "a b", "ä", "x" * 101, "a/b"])
def test_an_operation_must_be_named_well(opid: str, own_box: Box) -> None:
    refusal = own_box.refusal("POST", "/playlists", {"title": "named", "client_op_id": opid})
    assert (refusal.status, refusal.error["error_type"]) == (400, "validation_error")


def test_a_body_that_is_too_large(own_box: Box) -> None:
    answer = own_box.request("POST", "/playlists", {"title": "x" * 70_000})
    assert answer.status_code == 413 and answer.json()["error_type"] == "payload_too_large"


def without(node: Any, name: str) -> Any:
    """The description without the properties and parameters of that name."""
    if isinstance(node, list):
        return [without(item, name) for item in node if not (isinstance(item, dict) and item.get("name") == name)]
    if not isinstance(node, dict):
        return node
    return {key: without(value, name) for key, value in node.items() if key != name}


def test_it_withstands_what_is_allowed_and_what_is_not(own_box: Box, tmp_path: Path) -> None:
    """Schemathesis: requests made from the description, right ones and wrong ones; the same with each run."""
    playlist = own_box.post("/playlists", {"title": "target"})["id"]
    description = tmp_path / "openapi.json"
    # A named operation is done once, whatever it is: the same name with another request says nothing about that one.
    description.write_text(json.dumps(without(contract.document(), "client_op_id")))
    config = tmp_path / "schemathesis.toml"
    # An id that exists, so that not everything ends with 404.
    config.write_text(f'hooks = "archives"\n[parameters]\n"path.id" = "{playlist}"\n')
    # Of backups it only knows that they are bytes: none that it makes up is one, so the box stays as it is.
    (tmp_path / "archives.py").write_text(
        "import schemathesis\n\n\n"
        '@schemathesis.serializer("application/x-tar")\n'
        "def archive(context, value):\n"
        "    return value if isinstance(value, bytes) else str(value).encode()\n"
    )
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(config), "run",
        str(description), "--url", f"{own_box.url}/api",
        "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        "--phases", "examples,coverage,fuzzing", "--max-examples", "6", "--seed", "5", "--workers", "1",
        "--generation-deterministic", "--request-timeout", "20", "--no-color",
    ]  # fmt: skip
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=900, env={**os.environ, "CI": "1"})
    assert run.returncode == 0, run.stdout[-16_000:] + run.stderr[-2_000:]
    with contextlib.suppress(requests.RequestException):
        assert own_box.request("GET", "/health").status_code == 200
