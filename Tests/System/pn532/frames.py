"""The frames of the PN532's serial link (NXP UM0701-02, 6.2.1)."""

ACK = bytes.fromhex("0000ff00ff00")
NACK = bytes.fromhex("0000ffff0000")
ERROR = bytes.fromhex("0000ff01ff7f8100")  # 6.2.1.5: the chip found an error at application level

HOST_TO_CHIP = 0xD4
CHIP_TO_HOST = 0xD5


def information(data: bytes, tfi: int = CHIP_TO_HOST) -> bytes:
    """A normal or, beyond 254 bytes of data, an extended information frame around `data`."""
    body = bytes([tfi]) + data
    length = len(body)
    if length <= 255:
        head = bytes([length, -length & 0xFF])
    else:
        high, low = length >> 8, length & 0xFF
        head = bytes([0xFF, 0xFF, high, low, -(high + low) & 0xFF])
    return b"\x00\x00\xff" + head + body + bytes([-sum(body) & 0xFF, 0x00])


class Parser:
    """Finds frames in the bytes from the host, in whatever pieces they come.

    `feed` yields ("ack", b""), ("nack", b""), ("command", data without TFI) and ("bad", raw bytes). What is no frame,
    such as the 0x55 of a wake-up (6.3.2.3 of the data sheet), is skipped.
    """

    LIMIT = 600

    def __init__(self):
        self.buffer = bytearray()

    def feed(self, data: bytes):
        self.buffer += data
        while True:
            start = self.buffer.find(b"\x00\xff")
            if start < 0:
                # Keep a trailing zero: it may be the first half of the start code.
                del self.buffer[: -1 if self.buffer.endswith(b"\x00") else len(self.buffer)]
                return
            del self.buffer[:start]
            size, found = self._frame()
            if size == 0:
                if len(self.buffer) > self.LIMIT:
                    del self.buffer[:2]
                    continue
                return
            del self.buffer[:size]
            yield found

    def _frame(self):
        """The frame at the start code: (bytes used, result), or (0, None) if it is not complete."""
        buffer = self.buffer
        if len(buffer) < 4:
            return 0, None
        length, check = buffer[2], buffer[3]
        if (length, check) == (0x00, 0xFF):
            return 4, ("ack", b"")
        if (length, check) == (0xFF, 0x00):
            return 4, ("nack", b"")
        offset = 4
        if (length, check) == (0xFF, 0xFF):
            if len(buffer) < 7:
                return 0, None
            length = buffer[4] << 8 | buffer[5]
            offset = 7
            if (buffer[4] + buffer[5] + buffer[6]) & 0xFF or length > self.LIMIT - 16:
                return 2, ("bad", bytes(buffer[:7]))
        elif (length + check) & 0xFF:
            return 2, ("bad", bytes(buffer[:4]))
        end = offset + length + 1
        if len(buffer) < end:
            return 0, None
        body = bytes(buffer[offset : end - 1])
        if (sum(body) + buffer[end - 1]) & 0xFF or not body or body[0] != HOST_TO_CHIP:
            return end, ("bad", bytes(buffer[:end]))
        return end, ("command", body[1:])
