"""Engine.IO 4 to the byte, against the bare echo: the cases of the official suite, and what it leaves open."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest
import requests
import websocket

from conformance import Polling, RawWebSocket, Server, closed, frame
from waiting import until

ERRORS = {
    0: "Transport unknown",
    1: "Session ID unknown",
    2: "Bad handshake method",
    3: "Bad request",
    5: "Unsupported protocol version",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Without heartbeat in the way; what is about time makes its own."""
    with Server("--ping-interval", "3600000") as server:
        yield server


def refused(answer: requests.Response, code: int) -> None:
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.text == json.dumps({"code": code, "message": ERRORS[code]}, separators=(",", ":"))


def test_handshakes() -> None:
    with Server() as server:
        for upgrades, text in (
            (["websocket"], requests.get(server.url("/engine.io/", EIO="4", transport="polling"), timeout=20).text),
            ([], server.websocket().recv()),
        ):
            assert text[0] == "0"
            sid = json.loads(text[1:])["sid"]
            assert json.loads(text[1:]) == {
                "sid": sid, "upgrades": upgrades, "pingInterval": 300, "pingTimeout": 200, "maxPayload": 1_000_000,
            }


@pytest.mark.parametrize("method, query, code", [
    ("GET", "", 0), ("GET", "EIO=4", 0), ("GET", "EIO=4&transport=abc", 0), ("GET", "transport=polling", 5),
    ("GET", "EIO=abc&transport=polling", 5), ("GET", "EIO=3&transport=polling", 5),
    ("POST", "EIO=4&transport=polling", 2), ("PUT", "EIO=4&transport=polling", 2),
    ("GET", "EIO=4&transport=websocket", 3), ("GET", "EIO=4&transport=polling&sid=abc", 1),
    ("POST", "EIO=4&transport=polling&sid=abc", 1), ("DELETE", "EIO=4&transport=polling", 2),
])
@pytest.mark.parametrize("path", ["/engine.io/", "/socket.io"])
def test_refusals(server: Server, path: str, method: str, query: str, code: int) -> None:
    refused(requests.request(method, f"http://127.0.0.1:{server.port}{path}?{query}", timeout=20), code)


@pytest.mark.parametrize("query", ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=4&transport=abc"])
def test_refused_websockets(server: Server, query: str) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException, match="400"):
        websocket.create_connection(f"ws://127.0.0.1:{server.port}/engine.io/?{query}", timeout=20)


@pytest.mark.parametrize("body", [
    "4hello", "4test1\x1e4test2\x1e4test3", "4hello\x1ebAQIDBA==", "bAQID", "b", "4", "4\u20ac\U0001f600", "bAQ==",
])
def test_polling_echo(server: Server, body: str) -> None:
    session = server.polling()
    assert session.handshake.headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert session.handshake.headers["Cache-Control"] == "no-store"
    answer = session.post(body.encode())
    assert (answer.status_code, answer.text) == (200, "ok")
    assert session.get().content.decode() == body


@pytest.mark.parametrize("body", [
    b"abc", b"", b"2", b"0", b"5", b"7", b"4a\x1e", b"\x1e4a", b"b!!!!", b"bAQI", b"4\xff", b"4\xed\xa0\x80",
])
def test_bad_posts_close_the_session(server: Server, body: bytes) -> None:
    session = server.polling()
    assert session.post(body).status_code == 400
    refused(session.get(), 1)


def test_noop_and_unasked_pong_are_ignored(server: Server) -> None:
    session = server.polling()
    assert session.post("6\x1e3\x1e4x").status_code == 200
    assert session.texts() == ["4x"]


def test_a_second_get_closes_the_session(server: Server) -> None:
    session = server.polling()
    first = session.later()
    # Which of the two is the first at the server nobody knows.
    second = session.get()
    answers = {(answer.status_code, answer.text) for answer in (first.answer, second)}
    assert (200, "1") in answers and len(answers) == 2
    refused(session.get(), 1)


def test_a_second_post_closes_the_session(server: Server) -> None:
    session = server.polling()
    target = session.url.split(str(server.port), 1)[1]
    stalled = server.raw(f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n4ab".encode())
    # Until the head of the first has arrived the second is the only one.
    until(lambda: session.post("4x").status_code == 400, "a refusal")
    refused(session.get(), 1)
    assert b" 400 " in stalled.recv(100)


def test_a_cancelled_get_ends_the_session(server: Server) -> None:
    session = server.polling()
    target = session.url.split(str(server.port), 1)[1]
    poll = server.raw(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    poll.close()
    until(lambda: session.post("6").status_code == 400, "the end")
    refused(session.get(), 1)


def test_close_packet(server: Server) -> None:
    session = server.polling()
    poll = session.later()
    assert session.post("1").status_code == 200
    # The poll may come after the end, too.
    assert poll.answer.text in ("6", '{"code":1,"message":"Session ID unknown"}')
    refused(session.get(), 1)


def test_too_much_body(server: Server) -> None:
    session = server.polling()
    most = "4" + "x" * 999_999
    assert session.post(most).status_code == 200
    assert session.get().text == most
    assert session.post(most + "x").status_code == 413
    assert session.post(iter([b"4" + b"x" * 600_000, b"x" * 600_000])).status_code == 413
    assert session.post("4y").status_code == 200
    assert session.texts() == ["4y"]


def test_chunked_bodies(server: Server) -> None:
    session = server.polling()
    assert session.post(iter([b"4he", b"llo\x1e", b"4you"])).text == "ok"
    assert session.texts() == ["4hello", "4you"]


def test_keep_alive_and_pipelining(server: Server) -> None:
    session = server.polling()
    target = session.url.split(str(server.port), 1)[1].encode()
    head = b" HTTP/1.1\r\nHost: x\r\n"
    connection = server.raw(
        b"POST " + target + head + b"Content-Length: 2\r\n\r\n4aGET " + target + head + b"\r\n"
        b"GET /elsewhere" + head + b"\r\nPOST " + target + head + b"Content-Length: 2\r\n\r\n4bGET " + target + head
        + b"Connection: close\r\n\r\n"
    )
    answer = b""
    while piece := connection.recv(65_536):
        answer += piece
    bodies = [part.split(b"\r\n\r\n", 1)[1] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert bodies == [b"ok", b"4a", b"", b"ok", b"4b"]
    assert b"404" in answer


def test_one_byte_at_a_time(server: Server) -> None:
    session = server.polling()
    target = session.url.split(str(server.port), 1)[1].encode()
    connection = server.raw()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in b"POST " + target + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n4hello":
        connection.sendall(bytes([byte]))
    answer = b""
    while not answer.endswith(b"ok"):
        piece = connection.recv(1000)
        assert piece, answer
        answer += piece
    assert session.texts() == ["4hello"]


def test_heartbeat_over_polling() -> None:
    # Without a pong there would be no other ping, however long the server would wait for one.
    with Server("--ping-timeout", "20000") as server:
        session = server.polling()
        for _ in range(3):
            answer = session.get()
            assert (answer.status_code, answer.text) == (200, "2")
            assert session.post("3").status_code == 200


def test_no_pong_over_polling() -> None:
    # Time enough for a poll to wait when the ping is due; the timeout is 0.2 s.
    with Server("--ping-interval", "2000") as server:
        begin = time.monotonic()
        session = server.polling()
        assert session.get().text == "2"
        # This one would wait for ever.
        session.get()
        assert time.monotonic() - begin > 2.15
        refused(session.get(), 1)


def test_only_a_pong_is_a_pong() -> None:
    with Server("--ping-interval", "2000") as server:
        session = server.polling()
        assert session.get().text == "2"
        statuses = [200]
        while statuses[-1] == 200:
            statuses.append(session.post("4x\x1e6").status_code)
        refused(session.get(), 1)


@pytest.mark.parametrize("first", ["abc", "1", "", "2", "0", "5", None])
def test_websocket_ends(first: str | None) -> None:
    with Server() as server:
        ws = server.websocket()
        ws.recv()
        if first is not None:
            ws.send(first)
        closed(ws)


def test_websocket_echo_and_heartbeat() -> None:
    with Server("--ping-timeout", "20000") as server:
        ws = server.websocket()
        ws.recv()
        ws.send("4hello")
        ws.send_binary(b"\1\2\3\4")
        heard: list[str | bytes] = []
        while len(heard) < 2 or heard.count("2") < 3:
            heard.append(ws.recv())
            if heard[-1] == "2":
                ws.send("3")
        assert [word for word in heard if word != "2"] == ["4hello", b"\1\2\3\4"]


class Upgrade:
    def __init__(self, server: Server):
        self.session = server.polling()
        self.server = server

    def websocket(self) -> websocket.WebSocket:
        return self.server.websocket(sid=self.session.sid)


def test_upgrade(server: Server) -> None:
    upgrade = Upgrade(server)
    poll = upgrade.session.later()
    ws = upgrade.websocket()
    ws.send("2probe")
    assert ws.recv() == "3probe"
    assert poll.answer.text == "6"
    assert upgrade.session.get().text == "6"
    upgrade.session.post("4before")
    ws.send("5")
    ws.send("4after")
    assert [ws.recv(), ws.recv()] == ["4before", "4after"]
    refused(upgrade.session.get(), 3)
    refused(upgrade.session.post("4x"), 3)
    again = upgrade.websocket()
    closed(again)
    ws.send("4still")
    assert ws.recv() == "4still"


def test_upgrade_in_one_segment_on_a_used_connection(server: Server) -> None:
    """Everything on one connection: polling, and then the WebSocket, which does not wait for the answer to its probe."""
    connection = server.raw()
    file = connection.makefile("rb")

    def ask(request: str) -> bytes:
        connection.sendall(request.encode())
        while line := file.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return file.read(length)

    opened = ask("GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n")
    sid = opened.split(b'"sid":"')[1].split(b'"')[0].decode()
    connection.sendall(
        f"GET /engine.io/?EIO=4&transport=websocket&sid={sid} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n".encode()
        + b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        + frame(1, b"2probe") + frame(1, b"5") + frame(1, b"4hello")
    )
    assert file.readline().startswith(b"HTTP/1.1 101")
    while file.readline().strip():
        pass
    for text in (b"3probe", b"4hello"):
        head = file.read(2)
        assert file.read(head[1]) == text


@pytest.mark.parametrize("words", [["3probe"], ["5"], ["2probe", "4x"], ["2nonsense"], []])
def test_a_failed_upgrade_leaves_polling_as_it_was(server: Server, words: list[str]) -> None:
    upgrade = Upgrade(server)
    ws = upgrade.websocket()
    for word in words:
        ws.send(word)
    if words:
        closed(ws)
    ws.sock.close() if ws.sock else None
    upgrade.session.post("4kept")
    until(lambda: upgrade.session.get().text == "4kept", "the message")
    again = upgrade.websocket()
    again.send("2probe")
    assert again.recv() == "3probe"
    again.send("5")
    again.send("4x")
    assert again.recv() == "4x"


def test_a_second_probe_is_closed(server: Server) -> None:
    upgrade = Upgrade(server)
    first = upgrade.websocket()
    first.send("2probe")
    assert first.recv() == "3probe"
    second = upgrade.websocket()
    second.send("2probe")
    closed(second)
    first.send("5")
    first.send("4x")
    assert first.recv() == "4x"


def test_a_probe_that_does_not_go_on_is_given_up() -> None:
    # Time enough for the probe itself.
    with Server("--ping-interval", "3600000", "--upgrade-timeout", "2000") as server:
        upgrade = Upgrade(server)
        ws = upgrade.websocket()
        ws.send("2probe")
        assert ws.recv() == "3probe"
        closed(ws)
        upgrade.session.post("4x")
        until(lambda: upgrade.session.get().text == "4x", "the message")


def test_nothing_is_lost_or_doubled_by_upgrades(server: Server) -> None:
    """Messages all the time while sessions go over to a WebSocket."""
    for _ in range(10):
        upgrade = Upgrade(server)
        sent = [f"4{number}" for number in range(60)]
        upgrade.session.post("\x1e".join(sent[:20]))
        ws = upgrade.websocket()
        ws.send("2probe")
        upgrade.session.post("\x1e".join(sent[20:40]))
        assert ws.recv() == "3probe"
        ws.send("5")
        for text in sent[40:]:
            ws.send(text)
        assert [ws.recv() for _ in range(60)] == sent
        ws.close()


def test_transports_and_upgrades_can_be_off() -> None:
    with Server("--no-polling") as server:
        refused(requests.get(server.url("/engine.io/", EIO="4", transport="polling"), timeout=20), 0)
    with Server("--no-upgrade", "--ping-interval", "3600000") as server:
        session = server.polling()
        assert '"upgrades":[]' in session.handshake.text
        closed(server.websocket(sid=session.sid))


def test_origins() -> None:
    page = {"Origin": "https://page.example"}
    with Server() as server:
        url = server.url("/engine.io/", EIO="4", transport="polling")
        assert requests.get(url, headers=page, timeout=20).headers["Access-Control-Allow-Origin"] == "*"
        asked = page | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        answer = requests.options(url, headers=asked, timeout=20)
        assert answer.status_code == 204
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        assert answer.headers["Access-Control-Allow-Headers"] == "content-type"
    with Server("--origin", "same-host") as server:
        url = server.url("/engine.io/", EIO="4", transport="polling")
        assert requests.get(url, headers=page, timeout=20).status_code == 403
        own = {"Origin": f"http://127.0.0.1:{server.port}"}
        assert requests.get(url, headers=own, timeout=20).status_code == 200
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
            websocket.create_connection(
                server.url("/engine.io/", EIO="4", transport="websocket").replace("http", "ws", 1),
                origin="https://page.example", timeout=20,
            )
    with Server("--origin", "https://page.example") as server:
        answer = requests.get(server.url("/engine.io/", EIO="4", transport="polling"), headers=page, timeout=20)
        assert answer.headers["Access-Control-Allow-Origin"] == "https://page.example"
        assert answer.headers["Vary"] == "Origin"


def test_limits_on_sessions() -> None:
    with Server("--max-connections", "3", "--ping-interval", "3600000") as server:
        url = server.url("/engine.io/", EIO="4", transport="polling")
        sessions = [Polling(server, "/engine.io/") for _ in range(3)]
        assert requests.get(url, timeout=20).status_code == 503
        sessions[0].post("1")
        assert requests.get(url, timeout=20).status_code == 200


def test_half_open_and_reset_connections(server: Server) -> None:
    for _ in range(20):
        session = server.polling()
        target = session.url.split(str(server.port), 1)[1]
        poll = server.raw(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        poll.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        poll.close()
        with RawWebSocket(server) as ws:
            ws.socket.shutdown(socket.SHUT_WR)
            assert ws.close_code() is None
    session = server.polling()
    session.post("4x")
    assert session.texts() == ["4x"]


def test_many_sessions_at_once(server: Server) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            for number in range(15):
                session = server.polling()
                session.post(f"4{number}")
                assert session.texts() == [f"4{number}"]
                session.post("1")
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
