"""A limit of connections, below the process's limit of open files, that no single client can exhaust.

When the limit is reached, a new connection replaces the oldest one of the address that has most. Connections that have
shown a session or a token are never replaced, so that an agent's page gets in, and stays, while another client on
the same machine opens as many connections as it can.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

Address = str
RESERVED_FILES = 256  # for the store, recordings, devices, the recogniser, and connections accepted but not counted yet
FEWEST = 16


class Places:
    """The open connections, at most `most`. Used on the event loop only."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken: dict[asyncio.Transport, Address | None] = {}  # None: authenticated
        self._strangers: dict[Address, dict[asyncio.Transport, None]] = {}  # others, oldest first

    def __len__(self) -> int:
        return len(self._taken)

    def enter(self, transport: asyncio.Transport, address: Address) -> bool:
        """Counts a new connection; False when all places are taken by authenticated connections."""
        if len(self._taken) >= self.most and not self._make_room():
            return False
        self._taken[transport] = address
        self._strangers.setdefault(address, {})[transport] = None
        return True

    def know(self, transport: asyncio.Transport) -> None:
        """The connection has shown a session or a token: it is never replaced from now on."""
        address = self._taken.get(transport)
        if address is not None:
            self._taken[transport] = None
            self._forget(address, transport)

    def leave(self, transport: asyncio.Transport) -> None:
        """The connection is closed."""
        address = self._taken.pop(transport, None)
        if address is not None:
            self._forget(address, transport)

    def _make_room(self) -> bool:
        if not self._strangers:
            return False
        crowd = max(self._strangers.values(), key=len)
        oldest = next(iter(crowd))
        self.leave(oldest)
        oldest.abort()
        return True

    def _forget(self, address: Address, transport: asyncio.Transport) -> None:
        of_address = self._strangers[address]
        del of_address[transport]
        if not of_address:
            del self._strangers[address]


def most_places(wanted: int, allow: Callable[[int], int] | None = None) -> int:
    """`wanted` connections, or as many as the limit of open files allows, after raising it as far as possible."""
    allowed = (allow or _allow_files)(wanted + RESERVED_FILES)
    return max(FEWEST, min(wanted, allowed - RESERVED_FILES))


def _allow_files(wanted: int) -> int:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    if soft < wanted:
        more = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
            soft = more
    return soft
