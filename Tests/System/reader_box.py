"""A box with a real reader: the PN532 emulator on a pseudo-terminal, driven by the real libnfc."""

from pn532 import PN532

from box import Config


def reader_config(reader: PN532, **nfc: object) -> Config:
    """The configuration that lets a box find this reader, with further `nfc` keys."""
    return {"nfc": {"device": reader.connstring, **nfc}}


STORY, SONG, STRANGER = "04a1b2c3d4e5f6", "04112233445566", "deadbeef"
