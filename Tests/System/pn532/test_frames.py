"""The framing, against the examples and tables of NXP UM0701-02."""

import pytest

from . import frames
from .chip import Chip, Pending, SyntaxFault
from .tags import Tag

GET_FIRMWARE = bytes.fromhex("0000ff02fed4022a00")


def test_writes_the_manuals_examples():
    assert frames.information(b"\x02", frames.HOST_TO_CHIP) == GET_FIRMWARE
    assert frames.information(bytes.fromhex("0332010607")) == bytes.fromhex("0000ff06fad50332010607e800")


def test_long_data_goes_into_an_extended_frame():
    frame = frames.information(b"\x41" + bytes(255))
    assert frame[:8] == bytes.fromhex("0000ffffff0101fe")
    assert len(frame) == 8 + 257 + 2


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_finds_frames_in_any_pieces(size):
    long = frames.information(b"\x40" + bytes(300), frames.HOST_TO_CHIP)
    stream = b"\x55\x55" + bytes(14) + GET_FIRMWARE + frames.ACK + b"\xaa" + long + frames.NACK + GET_FIRMWARE
    parser = frames.Parser()
    found = [item for start in range(0, len(stream), size) for item in parser.feed(stream[start : start + size])]
    assert [kind for kind, _ in found] == ["command", "ack", "command", "nack", "command"]
    assert found[0][1] == b"\x02" and found[2][1] == b"\x40" + bytes(300)


@pytest.mark.parametrize("position", range(3, len(GET_FIRMWARE) - 1))
def test_refuses_damaged_frames(position):
    damaged = bytearray(GET_FIRMWARE)
    damaged[position] ^= 0x10
    parser = frames.Parser()
    assert [item for item in parser.feed(bytes(damaged) + GET_FIRMWARE) if item == ("command", b"\x02")]
    assert all(item[0] != "command" for item in frames.Parser().feed(bytes(damaged)))


def test_noise_does_not_grow():
    parser = frames.Parser()
    for _ in range(100):
        list(parser.feed(b"\x00\xff\xff\xff\x7f\xff\x82" * 100))
    assert len(parser.buffer) <= frames.Parser.LIMIT


@pytest.mark.parametrize("command", ["", "00", "06", "0663", "086363", "1201ff", "1409", "32", "4a", "4a0300", "60"])
def test_chip_refuses_malformed_commands(command):
    data = bytes.fromhex(command)
    with pytest.raises((SyntaxFault, IndexError)):
        Chip().execute(data)


def test_endless_search_waits():
    chip = Chip()
    with pytest.raises(Pending):
        chip.execute(bytes.fromhex("4a0100"))
    chip.tags.append(Tag(bytes.fromhex("04a1b2c3")))
    assert chip.execute(bytes.fromhex("4a0100")) == bytes.fromhex("4b010100040004" + "04a1b2c3")
