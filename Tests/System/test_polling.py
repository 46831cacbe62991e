"""Phones that come over HTTP polling: behind proxies that know no WebSockets, and before each upgrade."""

import pytest
import requests

from box import Box
from phone import OrderedClient
from waiting import DEADLINE, until


@pytest.mark.parametrize("transports", [["polling"], ["polling", "websocket"]], ids="+".join)
@pytest.mark.parametrize("path", ["socket.io", "/socket.io/"])
def test_a_phone_without_a_websocket(box: Box, transports: list[str], path: str) -> None:
    heard: dict[str, dict] = {}
    client = OrderedClient(reconnection=False, handle_sigint=False, request_timeout=DEADLINE)
    client.on("*", lambda name, payload: heard.update({name: payload}))
    client.connect(box.url, transports=transports, socketio_path=path, wait_timeout=DEADLINE)
    try:
        assert client.transport() == transports[-1]
        until(lambda: "connection_status" in heard, lambda: str(heard))
        client.emit("join:playlists", {})
        until(lambda: {"state:playlists", "state:player", "ack:join"} <= heard.keys(), lambda: str(heard))
        box.post("/player/volume", {"volume": 37})
        until(lambda: heard["state:player"]["data"]["volume"] == 37, lambda: str(heard["state:player"]))
    finally:
        client.disconnect()


def test_polls_and_other_requests_share_a_connection(box: Box) -> None:
    with requests.Session() as http:
        opened = http.get(f"{box.url}/socket.io/?EIO=4&transport=polling", timeout=20)
        sid = opened.text.split('"sid":"')[1].split('"')[0]
        url = f"{box.url}/socket.io/?EIO=4&transport=polling&sid={sid}"
        for _ in range(3):
            assert http.get(f"{box.url}/api/health", timeout=20).status_code in (200, 503)
            assert http.post(url, data="6", timeout=20).text == "ok"
        assert http.post(url, data="40", timeout=20).text == "ok"
        assert http.get(f"{box.url}/api/player/status", timeout=20).status_code == 200
        texts = ""
        while "connection_status" not in texts:
            texts += http.get(url, timeout=20).text
        assert http.put(url, timeout=20).status_code == 400
        assert http.get(f"{box.url}/socket.io/?EIO=4&transport=polling&sid=no", timeout=20).json()["code"] == 1
