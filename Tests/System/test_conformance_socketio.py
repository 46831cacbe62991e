"""Socket.IO 5 to the byte, over WebSocket and over polling."""

import json
import random
from collections.abc import Iterator

import pytest

from conformance import Server, closed
from waiting import until


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server("--ping-interval", "3600000", "--connect-timeout", "3600000") as server:
        yield server


class Client:
    def __init__(self, server: Server, connect: str | None = "40"):
        self.ws = server.websocket("/socket.io/")
        self.ws.recv()
        if connect is not None:
            self.ws.send(connect)
            assert self.ws.recv().startswith("40")
            assert self.ws.recv().startswith("42")

    def ask(self, *sent: str | bytes) -> None:
        for packet in sent:
            self.ws.send_binary(packet) if isinstance(packet, bytes) else self.ws.send(packet)

    def heard(self, count: int = 1) -> list[str | bytes]:
        return [self.ws.recv() for _ in range(count)]


@pytest.mark.parametrize("packet, answer, event", [
    ("40", '40{"sid":"', '42["auth",{}]'),
    ('40{"token":"123"}', '40{"sid":"', '42["auth",{"token":"123"}]'),
    ("40/custom,", '40/custom,{"sid":"', '42/custom,["auth",{}]'),
    ("40/custom", '40/custom,{"sid":"', '42/custom,["auth",{}]'),
    ('40/custom,{"token":"abc"}', '40/custom,{"sid":"', '42/custom,["auth",{"token":"abc"}]'),
])
def test_connect(server: Server, packet: str, answer: str, event: str) -> None:
    client = Client(server, None)
    client.ask(packet)
    connected, auth = client.heard(2)
    assert isinstance(connected, str) and connected.startswith(answer)
    assert list(json.loads(connected[connected.index("{"):])) == ["sid"]
    assert auth == event
    # The same by polling.
    session = server.polling("/socket.io/")
    session.post(packet)
    texts: list[str] = []
    while len(texts) < 2:
        texts += session.texts()
    assert texts[0].startswith(answer) and texts[1] == event


def test_unknown_namespace(server: Server) -> None:
    client = Client(server, None)
    client.ask("40/random")
    assert client.heard() == ['44/random,{"message":"Invalid namespace"}']


ATTACHED = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'


@pytest.mark.parametrize("sent, answer", [
    (['42["message",1,"2",{"3":[true]}]'], ['42["message-back",1,"2",{"3":[true]}]']),
    (['42456["message-with-ack",1,"2",{"3":[false]}]'], ['43456[1,"2",{"3":[false]}]']),
    (['420["message-with-ack"]'], ["430[]"]),
    (['452-["message",' + ATTACHED, b"\1\2\3", b"\4\5\6"],
     ['452-["message-back",' + ATTACHED, b"\1\2\3", b"\4\5\6"]),
    (['452-789["message-with-ack",' + ATTACHED, b"\1\2\3", b"\4\5\6"],
     ["462-789[" + ATTACHED, b"\1\2\3", b"\4\5\6"]),
    (['451-["message",{"a":[{"_placeholder":true,"num":0}]}]', b""],
     ['451-["message-back",{"a":[{"_placeholder":true,"num":0}]}]', b""]),
    # Unknown and repeated numbers, and events nobody has a handler for, are ignored.
    (['4399["x"]', '42["nobody"]', '421["nobody",1]', '42["message"]'], ['42["message-back"]']),
])
def test_events(server: Server, sent: list[str | bytes], answer: list[str | bytes]) -> None:
    client = Client(server)
    client.ask(*sent)
    assert client.heard(len(answer)) == answer


def test_events_over_polling(server: Server) -> None:
    session = server.polling("/socket.io/")
    session.post("40")
    texts: list[str] = []
    while len(texts) < 2:
        texts += session.texts()
    session.post('452-["message",' + ATTACHED + "\x1ebAQID\x1ebBAUG")
    texts = []
    while len(texts) < 3:
        texts += session.texts()
    assert texts == ['452-["message-back",' + ATTACHED, "bAQID", "bBAUG"]


def test_acknowledgements_of_the_client(server: Server) -> None:
    client = Client(server)
    client.ask('42["emit-with-ack",1,"2",{"3":[false]}]')
    (asked,) = client.heard()
    assert isinstance(asked, str)
    number = asked[2:asked.index("[")]
    assert asked == f'42{number}["emit-with-ack",1,"2",{{"3":[false]}}]'
    client.ask(f'43{number}[1,"2"]', f'43{number}["again"]')
    assert client.heard() == ['42["emit-with-ack",1,"2"]']
    client.ask('42["emit-with-ack"]')
    (asked,) = client.heard()
    assert isinstance(asked, str)
    number = asked[2:asked.index("[")]
    client.ask(f"461-{number}" + '[{"_placeholder":true,"num":0}]', b"\7")
    assert client.heard(2) == ['451-["emit-with-ack",{"_placeholder":true,"num":0}]', b"\7"]


@pytest.mark.parametrize("value", [
    "true", "false", "null", "0", "1", "1.0", "-0.0", "1e3", "9007199254740991", "123456789012345678901234567890",
    '""', '"\\u0000\\ud83d\\ude00"', '"\u20ac"', "[]", "{}", '{"b":1,"a":2}', "[[[[]]]]", '{"a":1,"a":2}',
])
def test_values_keep_their_bytes(server: Server, value: str) -> None:
    client = Client(server)
    client.ask(f'42["message",{value}]')
    assert client.heard() == [f'42["message-back",{value}]']


def test_disconnect() -> None:
    # A ping comes in the end, and none before.
    with Server("--ping-interval", "3000", "--ping-timeout", "20000") as server:
        client = Client(server)
        client.ask("40/custom")
        client.heard(2)
        client.ask("41/custom", '42["message"]')
        answers = client.heard()
        while answers == ["2"]:
            client.ask("3")
            answers = client.heard()
        assert answers == ['42["message-back"]']
        client.ask("41")
        assert client.heard() == ["2"]


BEFORE = ["4abc", "42{}", '42abc["message-with-ack"]', '42["message"]', "41", "43[]", "44{}", "", "2", "abc", "40[]",
          "40null", "40{", "450-[]"]
AFTER = [
    "40", '42/custom,["message"]', "42{}", "42", "42[]", "42[{}]", '42[null]', '42["a"', '42["connect"]',
    '42["disconnect"]', '42["connect_error"]', '42["disconnecting"]', '42["newListener"]', '42["removeListener"]',
    "41{}", '41"x"', '44{"message":"x"}', '4511-["a"]', '45["a"]', '45x-["a"]', '45-["a"]', "43[]", "43abc[]",
    '42["a",tru]', '42["a",01]', "49", "4", '42["a",' + "[" * 100_000 + "]" * 100_000 + "]",
    '42["a",' + "[" * 100_000, '42["a",' + '{"a":' * 100_000,
]


@pytest.mark.parametrize("packet", BEFORE)
def test_closed_before_connect(server: Server, packet: str) -> None:
    client = Client(server, None)
    client.ask(packet)
    assert closed(client.ws) == 1008


@pytest.mark.parametrize("packet", AFTER, ids=range(len(AFTER)))
def test_closed_after_connect(server: Server, packet: str) -> None:
    client = Client(server)
    client.ask(packet)
    assert closed(client.ws) == 1008
    assert server.is_alive


@pytest.mark.parametrize("packets", [
    [b"\1"], ['451-["message",{"_placeholder":true,"num":0}]', '42["message"]'],
    ['451-["message",{"_placeholder":true,"num":1}]', b"\1"],
    ['451-["message",{"_placeholder":true,"num":-1}]', b"\1"],
    ['451-["message",{"_placeholder":true,"num":"0"}]', b"\1"],
])
def test_attachments_out_of_place(server: Server, packets: list[str | bytes]) -> None:
    client = Client(server)
    client.ask(*packets)
    assert closed(client.ws) == 1008


def test_bad_packets_over_polling(server: Server) -> None:
    for packets in ("42[", "40\x1e40", "40\x1e42[]", "bAQID", "40\x1e451-[\"a\"]\x1e42[\"b\"]"):
        session = server.polling("/socket.io/")
        assert session.post(packets).status_code == 400
        assert session.get().status_code == 400


def test_nobody_stays_without_connect() -> None:
    with Server("--ping-interval", "3600000", "--connect-timeout", "3000") as server:
        client = Client(server, None)
        assert closed(client.ws) == 1008
        session = server.polling("/socket.io/")
        assert session.get().text == "1"


def test_random_packets_do_no_harm(server: Server) -> None:
    """10^5 packets: valid ones with a few bytes changed, so that they get deep into the parsers."""
    seeds = ["40", '42["message",1]', '421["message-with-ack",{"a":[1,"x"]}]', '451-["message",{"_placeholder":true,"num":0}]',
             "41", "430[1]", "40/custom,", "2", "3", "6"]
    generator = random.Random(20)
    sent = 0
    while sent < 100_000:
        session = server.polling("/socket.io/")
        batch = []
        for _ in range(200):
            text = list(generator.choice(seeds))
            for _ in range(generator.choice((0, 0, 0, 1, 2))):
                position = generator.randrange(len(text) + 1)
                text[position:position + generator.randrange(2)] = chr(generator.choice((0x22, 0x5B, 0x2C, 0x30, 0x7B, 0x20AC)))
            batch.append("".join(text))
        # The first bad packet ends a session: each is tried as the first of the rest.
        session.post("40\x1e" + "\x1e".join(batch).replace("\n", ""))
        sent += len(batch)
    assert server.is_alive
    client = Client(server)
    client.ask('42["message"]')
    assert client.heard() == ['42["message-back"]']


def test_a_slow_handler_delays_its_own_client_alone(server: Server) -> None:
    slow, other = Client(server), Client(server)
    slow.ask('42["emit-with-ack"]', '42["message","behind"]')
    (asked,) = slow.heard()
    other.ask('42["message"]')
    assert other.heard() == ['42["message-back"]']
    assert isinstance(asked, str)
    slow.ask(f"43{asked[2:asked.index('[')]}[]")
    assert slow.heard(2) == ['42["emit-with-ack"]', '42["message-back","behind"]']


def test_a_client_that_does_not_read_is_closed_and_delays_nobody() -> None:
    with Server("--ping-interval", "3600000", "--outbound-messages", "200", "--send-buffer", "8192") as server:
        stuck, other = Client(server), Client(server)
        for client in (stuck, other):
            client.ask('421["join:playlists"]')
            assert client.heard() == ['431[{"success":true}]']
        rounds = 0

        def is_gone() -> bool:
            nonlocal rounds
            rounds += 1
            other.ask(f'42{rounds}["burst",{{"count":100,"pad":4000}}]')
            texts = other.heard(101)
            assert sum('"state:burst"' in str(text) for text in texts) == 100
            try:
                stuck.ws.sock.send(b"")
                return rounds > 60
            except OSError:
                return True

        until(is_gone, "the end of the stuck client", deadline=120)
        # It gets a reset, not the 24 MB that were meant for it.
        with pytest.raises(Exception):
            while stuck.ws.recv():
                pass
