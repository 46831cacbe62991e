"""The Python client of Socket.IO, which nobody here wrote, over each transport."""

import threading
from collections.abc import Iterator

import pytest
import socketio

from conformance import Server
from phone import OrderedClient
from waiting import until

TRANSPORTS = [["websocket"], ["polling"], ["polling", "websocket"]]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server("--ping-interval", "25000", "--ping-timeout", "20000") as server:
        yield server


@pytest.mark.parametrize("transports", TRANSPORTS, ids="+".join)
def test_client(server: Server, transports: list[str]) -> None:
    client = OrderedClient(reconnection=False, handle_sigint=False)
    heard: list[tuple[str, object]] = []
    news = threading.Event()

    @client.on("*")
    def hear(event: str, *arguments: object) -> None:
        heard.append((event, arguments))
        news.set()

    @client.on("emit-with-ack")
    def answer(*arguments: object) -> object:
        heard.append(("emit-with-ack", arguments))
        return arguments

    @client.on("auth", namespace="/custom")
    def auth(payload: object) -> None:
        heard.append(("custom auth", payload))

    client.connect(
        server.url("").rstrip("?"), transports=transports, auth={"token": "t"}, namespaces=["/", "/custom"],
        wait_timeout=20,
    )
    try:
        assert client.transport() == transports[-1]
        until(lambda: ("auth", ({"token": "t"},)) in heard, lambda: str(heard))
        until(lambda: ("custom auth", {"token": "t"}) in heard, lambda: str(heard))
        value = {"nested": [{"bytes": b"\0\1\2"}, "\u20ac", 1.5, None, True], "more": b"x" * 100_000}
        assert client.call("message-with-ack", value, timeout=20) == value
        client.emit("message", value)
        until(lambda: ("message-back", (value,)) in heard, "the echo")
        client.emit("emit-with-ack", (1, b"\2"))
        until(lambda: heard.count(("emit-with-ack", (1, b"\2"))) == 2, lambda: str(heard))
        assert client.call("join:playlists", timeout=20) == {"success": True}
        assert client.call("burst", {"count": 200, "pad": 100}, timeout=20) == {"count": 200}
        until(lambda: sum(event == "state:burst" for event, _ in heard) == 200, "the burst")
        numbers = [payload[0]["number"] for event, payload in heard if event == "state:burst"]
        assert numbers == list(range(200))
    finally:
        client.disconnect()


@pytest.mark.parametrize("transports", TRANSPORTS, ids="+".join)
def test_unknown_namespaces_are_refused(server: Server, transports: list[str]) -> None:
    client = socketio.Client(reconnection=False, handle_sigint=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(server.url("").rstrip("?"), transports=transports, namespaces=["/nowhere"], wait_timeout=20)


def test_the_heartbeat_keeps_clients() -> None:
    with Server("--ping-interval", "100", "--ping-timeout", "20000") as server:
        for transports in TRANSPORTS:
            client = socketio.Client(reconnection=False, handle_sigint=False)
            client.connect(server.url("").rstrip("?"), transports=transports, wait_timeout=20)
            for number in range(10):
                assert client.call("message-with-ack", number, timeout=20) == number
                client.sleep(0.05)
            client.disconnect()
