"""RFC 6455 to the letter: the cases of the Autobahn suite (sections 1 to 10), against the echo of bare Engine.IO, whose
text messages begin with a 4."""

import itertools
import random
import struct
from collections.abc import Iterator

import pytest

from conformance import RawWebSocket, Server, frame

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Without heartbeat: every frame is compared."""
    with Server("--ping-interval", "3600000", "--max-payload", "67108864") as server:
        yield server


@pytest.fixture
def ws(server: Server) -> Iterator[RawWebSocket]:
    with RawWebSocket(server) as ws:
        yield ws


def chopped(data: bytes, size: int) -> list[bytes]:
    return [data[at:at + size] for at in range(0, len(data), size)]


def fragments(opcode: int, payload: bytes, size: int) -> list[bytes]:
    pieces = chopped(payload, size) or [b""]
    return [
        frame(opcode if index == 0 else 0, piece, final=index == len(pieces) - 1) for index, piece in enumerate(pieces)
    ]


SIZES = [0, 125, 126, 127, 128, 65_535, 65_536]


@pytest.mark.parametrize("chop", [None, 997])
@pytest.mark.parametrize("size", SIZES)
def test_1_framing(ws: RawWebSocket, size: int, chop: int | None) -> None:
    for opcode, payload in ((TEXT, b"4" + b"*" * max(0, size - 1)), (BINARY, b"\xfe" * size)):
        sent = frame(opcode, payload)
        ws.send(*chopped(sent, chop or len(sent)))
        assert ws.frame() == (opcode, payload)


@pytest.mark.parametrize("payload", [b"", b"Hello", bytes([0, 255, 254, 253, 0, 251]), b"\xfe" * 125])
@pytest.mark.parametrize("chop", [1, 1000])
def test_2_pings(ws: RawWebSocket, payload: bytes, chop: int) -> None:
    ws.send(*chopped(frame(PING, payload), chop))
    assert ws.frame() == (PONG, payload)


def test_2_pings_too_long(ws: RawWebSocket) -> None:
    ws.send(frame(PING, b"\xfe" * 126))
    assert ws.close_code() == 1002


def test_2_pongs_and_many_pings(ws: RawWebSocket) -> None:
    ws.send(frame(PONG), frame(PONG, b"unasked"), *(frame(PING, b"%d" % number) for number in range(10)))
    assert [ws.frame() for _ in range(10)] == [(PONG, b"%d" % number) for number in range(10)]


@pytest.mark.parametrize("opcode, reserved", list(itertools.product([TEXT, BINARY, CLOSE, PING, PONG], range(1, 8))))
def test_3_reserved_bits(ws: RawWebSocket, opcode: int, reserved: int) -> None:
    ws.send(frame(TEXT, b"4x"), frame(opcode, b"4x", reserved=reserved), frame(PING))
    assert ws.frame() == (TEXT, b"4x")
    assert ws.close_code() == 1002


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("payload", [b"", b"4x"])
def test_4_reserved_opcodes(ws: RawWebSocket, opcode: int, payload: bytes) -> None:
    ws.send(frame(TEXT, b"4x"), frame(opcode, payload), frame(PING))
    assert ws.frame() == (TEXT, b"4x")
    assert ws.close_code() == 1002


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_5_fragmented_control_frames(ws: RawWebSocket, opcode: int) -> None:
    ws.send(frame(opcode, b"a", final=False), frame(0, b"b"))
    assert ws.close_code() == 1002


@pytest.mark.parametrize("chop", [1, 1000])
@pytest.mark.parametrize("opcode, size", list(itertools.product([TEXT, BINARY], [1, 3, 100])))
def test_5_fragments_with_pings_between(ws: RawWebSocket, opcode: int, size: int, chop: int) -> None:
    payload = b"4fragment" * 20
    pieces = fragments(opcode, payload, size)
    for piece in pieces[:-1]:
        ws.send(*chopped(piece, chop), frame(PING, b"p"))
    ws.send(pieces[-1])
    assert [ws.frame() for _ in pieces[1:]] == [(PONG, b"p")] * (len(pieces) - 1)
    assert ws.frame() == (opcode, payload)


@pytest.mark.parametrize("frames", [
    [frame(0, b"x")], [frame(0, b"x", final=False)], [frame(TEXT, b"4a"), frame(0, b"x")],
    [frame(TEXT, b"4a", final=False), frame(TEXT, b"4b")], [frame(TEXT, b"4a", final=False), frame(BINARY, b"b")],
    [frame(TEXT, b"4a", final=False), frame(0, b"b"), frame(0, b"c")],
])
def test_5_fragments_out_of_place(ws: RawWebSocket, frames: list[bytes]) -> None:
    ws.send(*frames)
    assert ws.close_code() == 1002


VALID = [
    "\u03ba\u1f79\u03c3\u03bc\u03b5", "\0", "\x80", "\u0800", "\U00010000", "\x7f", "\u07ff", "\uffff", "\ud7ff", "\ue000",
    "\ufffd", "\U0010ffff", "\ufffe", "\U0001fffe", "\U0002ffff", "\u00e9\u20ac\U0001f600" * 50,
]
INVALID = [
    b"\xf4\x90\x80\x80", b"\xce\xba\xe1\xbd\xb9\xcf\x83\xed\xa0\x80\x65", b"\x80", b"\xbf", b"\x80\xbf", b"\xc0 ",
    b"\xe0 ", b"\xf0 ", b"\xf8 ", b"\xfc ", b"\xc0", b"\xe0\x80", b"\xf0\x80\x80", b"\xdf", b"\xef\xbf", b"\xf7\xbf\xbf",
    b"\xfe", b"\xff", b"\xfe\xfe\xff\xff", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf",
    b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xed\xad\xbf",
    b"\xed\xae\x80", b"\xed\xbf\xbf", b"\xed\xa0\x80\xed\xb0\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80",
]


@pytest.mark.parametrize("text", VALID, ids=ascii)
def test_6_valid_text(ws: RawWebSocket, text: str) -> None:
    payload = b"4" + text.encode("utf-8", "surrogatepass")
    for size in (1, 2, 1000):
        ws.send(*fragments(TEXT, payload, size))
        assert ws.frame() == (TEXT, payload)
    ws.send(*chopped(frame(TEXT, payload), 1))
    assert ws.frame() == (TEXT, payload)


@pytest.mark.parametrize("text", INVALID, ids=repr)
@pytest.mark.parametrize("size", [1, 1000])
def test_6_invalid_text(ws: RawWebSocket, text: bytes, size: int) -> None:
    ws.send(*fragments(TEXT, b"4abc" + text, size))
    assert ws.close_code() == 1007


def test_6_invalid_text_is_seen_before_the_message_ends(ws: RawWebSocket) -> None:
    ws.send(frame(TEXT, b"4abc\xf4\x90", final=False))
    assert ws.close_code() == 1007


def test_7_close_handshake(server: Server) -> None:
    for payload in (b"", struct.pack(">H", 1000), struct.pack(">H", 1000) + b"bye", struct.pack(">H", 1000) + b"x" * 123):
        with RawWebSocket(server) as ws:
            ws.send(frame(TEXT, b"4x"), frame(CLOSE, payload), frame(TEXT, b"4ignored"), frame(PING))
            assert ws.frame() == (TEXT, b"4x")
            assert ws.frame() == (CLOSE, payload[:2])
            assert ws.frame() == (-1, b"")


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])
def test_7_codes(ws: RawWebSocket, code: int) -> None:
    ws.send(frame(CLOSE, struct.pack(">H", code)))
    assert ws.close_code() == code


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
def test_7_codes_that_may_not_be_sent(ws: RawWebSocket, code: int) -> None:
    ws.send(frame(CLOSE, struct.pack(">H", code)))
    assert ws.close_code() == 1002


@pytest.mark.parametrize("payload, code", [
    (b"x", 1002), (struct.pack(">H", 1000) + b"x" * 124, 1002), (struct.pack(">H", 1000) + b"\xce\xba\xed\xa0", 1007),
])
def test_7_bad_close_frames(ws: RawWebSocket, payload: bytes, code: int) -> None:
    ws.send(frame(CLOSE, payload))
    assert ws.close_code() == code


@pytest.mark.parametrize("size", [1 << 16, 1 << 20, 1 << 22, 1 << 24])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_9_large_messages(ws: RawWebSocket, opcode: int, size: int) -> None:
    payload = b"4" + b"*" * (size - 1)
    ws.send(frame(opcode, payload))
    assert ws.frame() == (opcode, payload)
    if size <= 1 << 22:
        ws.send(*fragments(opcode, payload, max(64, size >> 10)))
        assert ws.frame() == (opcode, payload)


@pytest.mark.parametrize("size", [0, 16, 64, 256, 1024, 4096, 16384])
def test_9_many_messages(ws: RawWebSocket, size: int) -> None:
    payload = b"4" + b"*" * size
    for _ in range(5):
        ws.send(frame(TEXT, payload) * 20)
        assert [ws.frame() for _ in range(20)] == [(TEXT, payload)] * 20


def test_10_a_message_in_fragments_of_its_own_size(ws: RawWebSocket) -> None:
    payload = b"4" + b"*" * 65_535
    ws.send(*fragments(TEXT, payload, 1_300))
    assert ws.frame() == (TEXT, payload)


def test_frames_must_be_masked(ws: RawWebSocket) -> None:
    ws.send(frame(TEXT, b"4x", masked=False))
    assert ws.close_code() == 1002


def test_the_largest_message() -> None:
    with Server("--ping-interval", "25000", "--max-payload", "20000") as server:
        for frames, code in (
            ([frame(BINARY, b"x" * 20_000)], None), (fragments(BINARY, b"x" * 20_000, 5_000), None),
            ([frame(BINARY, b"x" * 20_001)], 1009), (fragments(BINARY, b"x" * 20_001, 5_000), 1009),
            ([frame(BINARY, b"x" * 20_001)[:10]], 1009), ([b"\x82\xff" + b"\xff" * 8], 1009),
        ):
            with RawWebSocket(server) as ws:
                ws.send(*frames)
                if code is None:
                    assert ws.frame() == (BINARY, b"x" * 20_000)
                else:
                    assert ws.close_code() == code


HANDSHAKE = {
    "Host": "x", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.parametrize("changes, status", [
    ({}, 101), ({"Connection": "keep-alive, Upgrade"}, 101), ({"Connection": "upgrade"}, 101),
    ({"Upgrade": "WebSocket"}, 101), ({"Sec-WebSocket-Version": "8"}, 426), ({"Sec-WebSocket-Version": None}, 400),
    ({"Sec-WebSocket-Key": None}, 400), ({"Sec-WebSocket-Key": "short"}, 400), ({"Upgrade": None}, 400),
    ({"Connection": None}, 400),
], ids=str)
def test_opening_handshakes(server: Server, changes: dict[str, str | None], status: int) -> None:
    headers = {name: value for name, value in (HANDSHAKE | changes).items() if value is not None}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with server.raw(f"GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n{lines}\r\n".encode()) as connection:
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 %d" % status)
    if status == 101:
        assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer
    if status == 426:
        assert b"Sec-WebSocket-Version: 13" in answer


def test_random_frames_do_no_harm(server: Server) -> None:
    """10^5 frames: valid ones, of which a few have a wrong byte, in segments of any size."""
    generator = random.Random(6455)
    sent = 0
    while sent < 100_000:
        frames = b""
        for _ in range(1_000):
            payload = generator.randbytes(generator.choice((0, 1, 5, 130)))
            opcode = generator.choice((TEXT, BINARY, BINARY, PING, PONG, 0))
            if opcode == TEXT:
                payload = b"4" + payload.hex().encode()
            frames += frame(opcode, payload[:125] if opcode > 8 else payload, final=generator.random() < 0.9)
            sent += 1
        noisy = bytearray(frames)
        noisy[generator.randrange(len(noisy))] ^= 1 << generator.randrange(8)
        with RawWebSocket(server) as ws:
            try:
                ws.send(*chopped(bytes(noisy), generator.randrange(100, 5_000)))
            except OSError:
                pass
    assert server.is_alive
    with RawWebSocket(server) as ws:
        ws.send(frame(TEXT, b"4x"))
        assert ws.frame() == (TEXT, b"4x")
