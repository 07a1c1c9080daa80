"""A port for a server that begins later: one that the kernel gives to nobody else meanwhile.

A port that it gave, and that was closed again, it gives to the next who asks for any: to another test, or to a browser.
"""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress

FROM, TO = 10_000, 32_768  # below those that Linux, macOS and Windows give by themselves


def free_port() -> int:
    while True:
        port = FROM + secrets.randbelow(TO - FROM)
        with socket.socket() as tried, suppress(OSError):  # somebody has it
            tried.bind(("127.0.0.1", port))
            return port
