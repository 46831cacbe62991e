"""Connection state recovery of Socket.IO 4.6, over WebSocket and over polling: what a client that lost its connection
comes back to, and who must not come back."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from conformance import Polling, Server, closed
from waiting import until

TRANSPORTS = ["websocket", "polling"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server("--ping-interval", "25000", "--connect-timeout", "60000", "--recovery", "60") as server:
        yield server


class Client:
    """What socket.io-client does about recovery: it keeps the `pid`, and of each event the last argument, if it is text."""

    def __init__(self, server: Server, transport: str, auth: dict[str, Any] | None = None, namespace: str = ""):
        self._socket = server.websocket("/socket.io/") if transport == "websocket" else server.polling("/socket.io/")
        if not isinstance(self._socket, Polling):
            self._socket.recv()
        self._unread: list[str] = []
        self._prefix = f"{namespace}," if namespace else ""
        self.offset: str | None = None
        self.last: list[Any] = []
        self._send(f"40{self._prefix}" + ("" if auth is None else json.dumps(auth)))
        text = self._read()
        assert text.startswith(f"40{self._prefix}{{"), text
        self.connected = json.loads(text[2 + len(self._prefix):])
        self.sid, self.pid = self.connected["sid"], self.connected["pid"]

    def _send(self, text: str) -> None:
        if isinstance(self._socket, Polling):
            assert self._socket.post(text).status_code == 200
        else:
            self._socket.send(text)

    def _read(self) -> str:
        if not isinstance(self._socket, Polling):
            text = self._socket.recv()
            assert isinstance(text, str)
            return text
        while not self._unread:
            self._unread = self._socket.texts()
        return self._unread.pop(0)

    def event(self) -> list[Any]:
        """The next event: its name, and its arguments without the offset."""
        text = self._read()
        assert text.startswith(f"42{self._prefix}["), text
        *event, self.offset = json.loads(text[2 + len(self._prefix):])
        return event

    def ask(self, event: str, *arguments: Any) -> list[Any]:
        """Sends an event and waits for its acknowledgement; events that come before it are kept in `last`."""
        self._send(f"42{self._prefix}7" + json.dumps([event, *arguments]))
        self.last = []
        while (text := self._read()).startswith(f"42{self._prefix}"):
            *known, self.offset = json.loads(text[2 + len(self._prefix):])
            self.last.append(known)
        assert text.startswith(f"43{self._prefix}7["), text
        return json.loads(text[3 + len(self._prefix):])

    def tell(self, text: str) -> None:
        self._send(text)

    @property
    def card(self) -> dict[str, Any]:
        """What it comes back with."""
        return {"pid": self.pid, "offset": self.offset}

    def lose(self) -> None:
        """The connection ends, as in a tunnel."""
        if isinstance(self._socket, Polling):
            self._send("1")
        else:
            self._socket.sock.close()

    def end(self) -> int | None:
        assert not isinstance(self._socket, Polling)
        return closed(self._socket)


@pytest.mark.parametrize("namespace", ["", "/custom"])
@pytest.mark.parametrize("back", TRANSPORTS)
@pytest.mark.parametrize("first", TRANSPORTS)
def test_recovery(server: Server, first: str, back: str, namespace: str) -> None:
    other = Client(server, "websocket", namespace=namespace)
    client = Client(server, first, {"token": "x"}, namespace)
    assert client.event() == ["auth", {"token": "x"}]
    assert client.ask("join", "news") == client.ask("nickname", "Ada") == [True]
    client.lose()
    other.ask("send", {"room": "news", "text": "room"})
    other.ask("send", {"room": "elsewhere", "text": "other room"})
    other.ask("send", {"room": client.sid, "text": "direct"})
    other.ask("send", {"room": "news", "text": "all but", "except": client.sid})
    other.ask("send", {"room": "news", "text": "all but", "except": "news"})
    other.ask("send", {"room": "news", "text": "volatile", "isVolatile": True})
    other.ask("send", {"room": "news", "text": "last"})
    again = Client(server, back, client.card, namespace)
    assert list(again.connected) == ["sid", "pid"]
    assert (again.sid, again.pid) == (client.sid, client.pid)
    assert [again.event() for _ in range(3)] == [["sent", "room"], ["sent", "direct"], ["sent", "last"]]
    # Only then what the handler of the connection sends, with the auth of now.
    assert again.event() == ["auth", client.card]
    assert again.ask("state") == [{"recovered": True, "rooms": ["news"], "nickname": "Ada", "judged": 1}]
    # It is in its rooms as ever, and may be lost again.
    other.ask("send", {"room": "news", "text": "live"})
    assert again.event() == ["sent", "live"]
    again.lose()
    other.ask("send", {"room": "news", "text": "second"})
    third = Client(server, first, again.card, namespace)
    assert third.sid == client.sid and third.event() == ["sent", "second"]


def test_nothing_missed(server: Server) -> None:
    client = Client(server, "websocket")
    client.event()
    client.lose()
    again = Client(server, "websocket", client.card)
    assert again.sid == client.sid
    assert again.ask("state")[0]["recovered"] is True
    assert [event for event, *_ in again.last] == ["auth"]


def test_middleware_may_be_asked_again() -> None:
    with Server("--ping-interval", "25000", "--recovery", "60", "--no-recovery-skips-middleware") as server:
        client = Client(server, "websocket")
        client.event()
        client.ask("join", "news")
        client.lose()
        other = Client(server, "websocket")
        other.ask("send", {"room": "news", "text": "missed"})
        again = Client(server, "websocket", client.card)
        assert again.event() == ["sent", "missed"]
        assert again.ask("state") == [{"recovered": True, "rooms": ["news"], "judged": 2}]


def test_broken_by_silence() -> None:
    """A client that does not answer pings is lost for the server, not for itself."""
    # What is said before and afterwards comes before a ping is due.
    with Server("--ping-interval", "3000", "--recovery", "60") as server:
        client = Client(server, "websocket")
        client.event()
        client.ask("nickname", "Ada")
        client.end()
        again = Client(server, "websocket", client.card)
        assert again.sid == client.sid and again.ask("state")[0]["nickname"] == "Ada"


def fresh(server: Server, client: Client, card: dict[str, Any]) -> None:
    """With `card` one is a new client."""
    again = Client(server, "websocket", card)
    assert again.sid != client.sid and again.pid != client.pid
    assert again.event() == ["auth", card]
    state = again.ask("state")[0]
    assert state == {"recovered": False, "rooms": [], "judged": 1}
    assert again.last == []


@pytest.mark.parametrize("pid", [None, "", "x", "x" * 20, "x" * 100_000, 1, 1e300, True, [], {}, ["a"], {"a": None}])
def test_hostile_pids(server: Server, pid: object) -> None:
    client = Client(server, "websocket")
    client.event()
    client.lose()
    fresh(server, client, {"pid": pid, "offset": client.offset})


@pytest.mark.parametrize("change", [
    lambda offset: None, lambda offset: "", lambda offset: 0, lambda offset: {}, lambda offset: [offset],
    lambda offset: "x" * 10, lambda offset: offset[:8], lambda offset: offset + "zzz",
    lambda offset: offset[:8] + "+" + offset[8:], lambda offset: offset[:8] + "-1", lambda offset: offset[:8] + "00",
    lambda offset: offset[:8] + "Z" * 100_000, lambda offset: "x" + offset[1:], lambda offset: offset.upper() + " ",
])
def test_wrong_offsets(server: Server, change: Any) -> None:
    client = Client(server, "websocket")
    client.event()
    client.lose()
    fresh(server, client, {"pid": client.pid, "offset": change(client.offset)})


def test_offset_of_another_namespace(server: Server) -> None:
    client, other = Client(server, "websocket"), Client(server, "websocket", namespace="/custom")
    client.event(), other.event()
    client.lose(), other.lose()
    fresh(server, client, {"pid": client.pid, "offset": other.offset})
    fresh(server, other, {"pid": other.pid, "offset": other.offset})


def test_no_secret_no_recovery(server: Server) -> None:
    client = Client(server, "websocket")
    client.event()
    client.lose()
    fresh(server, client, {"pid": client.sid, "offset": client.offset})
    fresh(server, client, {"offset": client.offset})
    fresh(server, client, {"pid": client.pid})


def test_twice(server: Server) -> None:
    client = Client(server, "websocket")
    client.event()
    client.lose()
    again = Client(server, "websocket", client.card)
    assert again.sid == client.sid
    # Who comes second with the same secret is somebody else, and the first stays what it is.
    fresh(server, client, client.card)
    assert again.ask("state")[0]["recovered"] is True


def test_still_connected(server: Server) -> None:
    client = Client(server, "websocket")
    client.event()
    fresh(server, client, client.card)
    assert client.ask("state")[0]["recovered"] is False


@pytest.mark.parametrize("goodbye", ["41", '42["put-out"]', "4garbage"])
def test_who_went_on_purpose_is_gone(server: Server, goodbye: str) -> None:
    client = Client(server, "websocket")
    client.event()
    client.tell(goodbye)
    if goodbye == "41":
        client.tell('42["state"]')  # not in the namespace any more: the connection is closed
    if goodbye == '42["put-out"]':
        assert client._read() == "41"
    else:
        client.end()
    fresh(server, client, client.card)


def test_expired() -> None:
    """Nobody gets through a handshake in a thousandth of a second; who does tries again."""
    with Server("--ping-interval", "25000", "--recovery", "0.001") as server:
        def too_late() -> bool:
            client = Client(server, "websocket")
            client.event()
            client.lose()
            return Client(server, "websocket", client.card).sid != client.sid

        until(too_late, "an expired session")


def test_trimmed() -> None:
    """What the log does not hold any more cannot be made up for."""
    with Server("--ping-interval", "25000", "--recovery", "60", "--recovery-events", "5") as server:
        other = Client(server, "websocket")
        for count, recovered in [(5, True), (6, False)]:
            client = Client(server, "websocket")
            client.event()
            client.ask("join", "news")
            client.lose()
            for number in range(count):
                other.ask("send", {"room": "news", "text": str(number)})
            if recovered:
                again = Client(server, "websocket", client.card)
                assert again.sid == client.sid
                assert [again.event()[1] for _ in range(count)] == [str(number) for number in range(count)]
            else:
                fresh(server, client, client.card)


def test_more_than_a_client_can_be_sent() -> None:
    """Who missed more than may wait for one client starts anew, instead of being closed again and again."""
    options = ("--ping-interval", "25000", "--recovery", "60", "--outbound-messages", "20")
    with Server(*options) as server:
        other, client = Client(server, "websocket"), Client(server, "websocket")
        client.event()
        client.ask("join", "news")
        client.lose()
        for number in range(30):
            other.ask("send", {"room": "news", "text": str(number)})
        fresh(server, client, client.card)


def test_off_by_default() -> None:
    with Server("--ping-interval", "25000") as server:
        ws = server.websocket("/socket.io/")
        ws.recv()
        ws.send('40{"pid":"a","offset":"b"}')
        connected, auth = ws.recv(), ws.recv()
        assert list(json.loads(connected[2:])) == ["sid"]
        assert auth == '42["auth",{"pid":"a","offset":"b"}]'
