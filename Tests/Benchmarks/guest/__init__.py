"""A small Linux of its own in QEMU, for what only a kernel's sound driver shows."""
