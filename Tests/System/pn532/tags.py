"""ISO/IEC 14443-3 type A tags as seen by a reader chip."""

from dataclasses import dataclass, field


def _reversed_bits(byte: int) -> int:
    return int(f"{byte:08b}"[::-1], 2)


@dataclass
class Tag:
    """One tag in the field; `state` is idle, active or halt (ISO/IEC 14443-3, 6.3)."""

    uid: bytes
    sak: int = 0x00
    ats: bytes = b""
    state: str = field(default="idle")
    woken_from_halt: bool = field(default=False)

    def __post_init__(self):
        if len(self.uid) not in (4, 7, 10):
            raise ValueError(f"a UID has 4, 7 or 10 bytes, not {len(self.uid)}")

    @property
    def atqa(self) -> bytes:
        """In the order of the PN532's answer: UID size in bits 7 and 8 of the low byte, bit frame anticollision."""
        size = {4: 0x00, 7: 0x40, 10: 0x80}[len(self.uid)]
        return bytes([0x00, size | 0x04])

    @property
    def anticollision_key(self) -> tuple:
        """Greater wins: at a collision the chip goes on with the tags that send a one; bytes go low bit first."""
        return tuple(_reversed_bits(byte) for byte in self.cascaded)

    @property
    def cascaded(self) -> bytes:
        """The UID with its cascade tags, as InListPassiveTarget expects it for a directed search."""
        if len(self.uid) == 4:
            return self.uid
        if len(self.uid) == 7:
            return b"\x88" + self.uid
        return b"\x88" + self.uid[:3] + b"\x88" + self.uid[3:]

    def request(self, wakeup: bool) -> bool:
        """Takes REQA, or WUPA if `wakeup`; returns whether the tag answers."""
        if self.state == "active":
            # A request is no valid command here: back to where it came from, without an answer.
            self.state = "halt" if self.woken_from_halt else "idle"
            return False
        return self.state == "idle" or wakeup

    def select(self):
        self.woken_from_halt = self.state == "halt"
        self.state = "active"

    def halt(self):
        if self.state == "active":
            self.state = "halt"

    def lose_power(self):
        self.state = "idle"
        self.woken_from_halt = False
