"""A box with a real reader: the PN532 emulator on a pseudo-terminal, driven by the real libnfc."""

from pn532 import PN532

from box import Box, Config
from waiting import until

STORY, SONG, STRANGER = "04a1b2c3d4e5f6", "04112233445566", "deadbeef"


def reader_config(reader: PN532, **nfc: object) -> Config:
    """The configuration that lets a box find this reader, with further `nfc` keys."""
    return {"nfc": {"device": reader.connstring, **nfc}}


def settle(box: Box, reader: PN532) -> None:
    """Waits until the box has seen a tag come and go. The first tag soon after a start counts as one that lay there
    before, which by default plays nothing: tests of taps let that one be a stranger."""
    box.wait_component("nfc", "healthy")
    reader.place(STRANGER)
    until(lambda: STRANGER in str(box.get("/nfc/status").get("last_tag")), "the first tag")
    lift(box, reader)


def lift(box: Box, reader: PN532) -> None:
    """Takes the tag away and waits until the box knows."""
    reader.remove()
    until(lambda: box.get("/nfc/status").get("present_tag") is None, "the tag's removal")
