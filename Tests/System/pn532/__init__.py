"""An emulator of the NXP PN532 reader chip on a pseudo-terminal, driven by the real libnfc.

Follows the PN532 User Manual (NXP UM0701-02): frames in `frames`, commands in `chip`, tags in `tags`, the serial port
and its faults in `device`.
"""

from .device import PN532, Command

__all__ = ["PN532", "Command"]
