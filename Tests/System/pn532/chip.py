"""The command set of the PN532 (NXP UM0701-02, chapter 7), as far as a host that reads tags needs it."""

from .tags import Tag

COMMANDS = {
    0x00: "Diagnose",
    0x02: "GetFirmwareVersion",
    0x04: "GetGeneralStatus",
    0x06: "ReadRegister",
    0x08: "WriteRegister",
    0x12: "SetParameters",
    0x14: "SAMConfiguration",
    0x16: "PowerDown",
    0x32: "RFConfiguration",
    0x40: "InDataExchange",
    0x42: "InCommunicateThru",
    0x44: "InDeselect",
    0x4A: "InListPassiveTarget",
    0x52: "InRelease",
    0x54: "InSelect",
    0x60: "InAutoPoll",
}

OK = 0x00
TIMEOUT = 0x01
WRONG_CONTEXT = 0x27

PARAM_AUTO_RATS = 0x10


class SyntaxFault(Exception):
    """The chip answers with an error frame."""


class Pending(Exception):
    """The chip does not answer until a tag comes: InListPassiveTarget with endless retries."""


class Chip:
    """Registers, settings and the tags in the field. Knows nothing of serial lines, threads or time.

    `wakes_halted` says whether its polls are WUPA, which wake a halted tag, or REQA, which do not.
    """

    def __init__(self, wakes_halted: bool = True):
        self.wakes_halted = wakes_halted
        self.tags: list[Tag] = []
        self.misses = 0  # every n-th search for a tag fails
        self.reset()

    def reset(self):
        self.registers: dict[int, int] = {}
        self.parameters = 0x14
        self.field = False
        self.retries = 0xFF
        self.listed: list[Tag] = []
        self.searches = 0
        for tag in self.tags:
            tag.lose_power()

    def execute(self, command: bytes) -> bytes:
        """The answer's data, beginning with the command code plus one."""
        name = COMMANDS.get(command[0])
        if name is None:
            raise SyntaxFault
        return bytes([command[0] + 1]) + getattr(self, f"do_{name}")(command[1:])

    # Miscellaneous (7.2)

    def do_Diagnose(self, data):
        if data[:1] == b"\x00":  # communication line test
            return data
        if data[:1] == b"\x01":  # ROM test
            return bytes([OK])
        if data[:1] == b"\x06":  # attention request: is the activated tag still there?
            return bytes([OK if any(tag in self.tags for tag in self.listed) else TIMEOUT])
        raise SyntaxFault

    def do_GetFirmwareVersion(self, data):
        return bytes([0x32, 0x01, 0x06, 0x07])  # PN532 1.6: types A and B, ISO/IEC 18092

    def do_GetGeneralStatus(self, data):
        targets = b"".join(bytes([index, 0, 0, 0]) for index in range(1, len(self.listed) + 1))
        return bytes([OK, 0x00, len(self.listed)]) + targets + bytes([0x00])

    def do_ReadRegister(self, data):
        if not data or len(data) % 2:
            raise SyntaxFault
        return bytes(self.registers.get(data[i] << 8 | data[i + 1], 0) for i in range(0, len(data), 2))

    def do_WriteRegister(self, data):
        if not data or len(data) % 3:
            raise SyntaxFault
        for i in range(0, len(data), 3):
            self.registers[data[i] << 8 | data[i + 1]] = data[i + 2]
        return b""

    def do_SetParameters(self, data):
        if len(data) != 1:
            raise SyntaxFault
        self.parameters = data[0]
        return b""

    def do_SAMConfiguration(self, data):
        if not data or data[0] not in (1, 2, 3, 4):
            raise SyntaxFault
        return b""

    def do_PowerDown(self, data):
        self._set_field(False)
        return bytes([OK])

    # Radio (7.3.1)

    def do_RFConfiguration(self, data):
        if not data:
            raise SyntaxFault
        item, values = data[0], data[1:]
        if item == 0x01 and len(values) == 1:
            self._set_field(bool(values[0] & 1))
        elif item == 0x05 and len(values) == 3:
            self.retries = values[2]
        elif item not in (0x02, 0x04, 0x0A, 0x0B, 0x0C, 0x0D):
            raise SyntaxFault
        return b""

    def _set_field(self, on: bool):
        if not on:
            self.listed = []
            for tag in self.tags:
                tag.lose_power()
        self.field = on

    # Initiator (7.3.5 and following)

    def do_InListPassiveTarget(self, data):
        if len(data) < 2 or data[0] not in (1, 2):
            raise SyntaxFault
        limit, modulation, wanted = data[0], data[1], data[2:]
        self.listed = []
        self.field = True
        if modulation != 0x00:  # only type A at 106 kbit/s lives in this field
            if self.retries == 0xFF:
                raise Pending
            return bytes([0])
        self.searches += 1
        if not (self.misses and self.searches % self.misses == 0):
            for _ in range(limit):
                tag = self._search(wanted)
                if tag is None:
                    break
                self.listed.append(tag)
        if not self.listed and self.retries == 0xFF:
            raise Pending
        return bytes([len(self.listed)]) + b"".join(
            self._target_data(number, tag) for number, tag in enumerate(self.listed, 1)
        )

    def _search(self, wanted: bytes):
        for _ in range(min(self.retries, 8) + 1):
            answering = [
                tag
                for tag in self.tags
                if tag not in self.listed and tag.request(self.wakes_halted) and tag.cascaded.startswith(wanted)
            ]
            if answering:
                found = max(answering, key=lambda tag: tag.anticollision_key)
                found.select()
                return found
        return None

    def _target_data(self, number: int, tag: Tag) -> bytes:
        data = bytes([number]) + tag.atqa + bytes([tag.sak, len(tag.uid)]) + tag.uid
        if tag.sak & 0x20 and self.parameters & PARAM_AUTO_RATS:
            data += tag.ats
        return data

    def do_InDeselect(self, data):
        for tag in self.listed:
            tag.halt()
        return bytes([OK])

    def do_InRelease(self, data):
        for tag in self.listed:
            tag.halt()
        self.listed = []
        return bytes([OK])

    def do_InSelect(self, data):
        return bytes([OK if self.listed else WRONG_CONTEXT])

    def do_InDataExchange(self, data):
        if not self.listed:
            return bytes([WRONG_CONTEXT])
        if self.listed[0] in self.tags and data[1:2] == b"\x30":  # READ: four blank pages, so no NDEF
            return bytes([OK]) + bytes(16)
        return bytes([TIMEOUT])

    def do_InCommunicateThru(self, data):
        return bytes([TIMEOUT])

    def do_InAutoPoll(self, data):
        if len(data) < 3:
            raise SyntaxFault
        count, types = data[0], data[2:]
        tag = self._search(b"") if any(kind & 0x07 == 0 for kind in types) else None
        if tag is None:
            if count == 0xFF:
                raise Pending
            return bytes([0])
        self.listed = [tag]
        target = self._target_data(1, tag)
        kind = 0x20 if tag.sak & 0x20 else 0x10
        return bytes([1, kind, len(target)]) + target
