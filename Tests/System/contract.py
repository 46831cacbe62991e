"""Holds the box to its own description: every answer of a test is checked against `openapi.json`, the file that the box
serves at `/api/openapi.json`."""

import functools
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import requests

DOCUMENT = Path(__file__).resolve().parents[2] / "Sources" / "MusicBoxServer" / "Web" / "api" / "openapi.json"


@functools.cache
def document() -> dict[str, Any]:
    return json.loads(DOCUMENT.read_text())


@functools.cache
def paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """The paths as patterns, those with fewer parameters first: `/playlists/move-track` before `/playlists/{id}`."""
    ordered = sorted(document()["paths"].items(), key=lambda item: item[0].count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]*", path)), methods) for path, methods in ordered]


def described(path: str) -> dict[str, Any] | None:
    """The methods of a path; None if there is no such path."""
    return next((methods for pattern, methods in paths() if pattern.fullmatch(path)), None)


@functools.cache
def validator(schema: str) -> jsonschema.Draft202012Validator:
    """Of a schema as JSON text, whose references point into the description."""
    whole = {"components": document()["components"], **json.loads(schema)}
    return jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = document()
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def check(method: str, path: str, answer: requests.Response) -> None:
    """Fails when the answer of `/api` + `path` is none that the description knows."""
    what = f"{method} {path} -> {answer.status_code}"
    methods = described(path.partition("?")[0])
    if methods is None or method.lower() not in methods and method != "HEAD":
        expected = 404 if methods is None else 405
        assert answer.status_code == expected, f"{what}: nothing is described there"
        if answer.content:
            check_body({"$ref": "#/components/schemas/Error"}, answer, what)
        return
    operation = methods["get" if method == "HEAD" else method.lower()]
    status = str(answer.status_code)
    assert status in operation["responses"], f"{what}: this status is not described: {answer.text[:500]}"
    response = resolve(operation["responses"][status])
    for name in response.get("headers", {}):
        assert name in answer.headers, f"{what}: the header {name} is missing"
    content = response.get("content", {})
    if method == "HEAD":
        assert not answer.content, f"{what}: a body"
        return
    if not content:
        assert not answer.content, f"{what}: a body, and none is described"
        return
    kind = answer.headers["Content-Type"].partition(";")[0]
    described_kinds = {kind, kind.partition("/")[0] + "/*"} & content.keys()
    assert described_kinds, f"{what}: the content type {kind} is not described"
    if kind == "application/json":
        check_body(content[kind]["schema"], answer, what)


def check_body(schema: dict[str, Any], answer: requests.Response, what: str) -> None:
    problems = list(validator(json.dumps(schema)).iter_errors(answer.json()))
    assert not problems, f"{what} is not as described: {problems[0].message} at {problems[0].json_path}\n{answer.text[:500]}"
