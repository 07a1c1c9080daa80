"""A limit of connections, below the process's limit of open files, that no single client can exhaust.

When the limit is reached, a new connection replaces the oldest one of the address that has most. Connections that have
shown a session or a token are not replaced by strangers' crowds, so that an agent's page gets in, and stays, while
another client on the same machine opens as many connections as it can. Where nobody else is left, the person or
machine with most of them gives one, down to FEWEST: nobody who has signed in keeps out all others either.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

RESERVED_FILES = 256  # for the store, recordings, devices, the recogniser, and connections accepted but not counted yet
FEWEST = 16


@dataclass(frozen=True, slots=True)
class _Whose:
    """`name`: an address, or the id of a person or machine that is known."""

    name: str
    is_known: bool = False


class Places:
    """The open connections, at most `most`. Used on the event loop only."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken: dict[asyncio.Transport, _Whose] = {}
        self._crowds: dict[_Whose, dict[asyncio.Transport, None]] = {}  # of each, the oldest first

    def __len__(self) -> int:
        return len(self._taken)

    def enter(self, transport: asyncio.Transport, address: str) -> bool:
        """Counts a new connection; False when all places are taken, and nobody has too many."""
        if len(self._taken) >= self.most and not self._make_room():
            return False
        self._take(transport, _Whose(address))
        return True

    def know(self, transport: asyncio.Transport, who: str) -> None:
        """The connection has shown a session or a token of `who`, and counts as theirs until it is closed."""
        whose = self._taken.get(transport)
        if whose is not None and not whose.is_known:
            self.leave(transport)
            self._take(transport, _Whose(who, is_known=True))

    def leave(self, transport: asyncio.Transport) -> None:
        """The connection is closed."""
        whose = self._taken.pop(transport, None)
        if whose is None:
            return
        del self._crowds[whose][transport]
        if not self._crowds[whose]:
            del self._crowds[whose]

    def _take(self, transport: asyncio.Transport, whose: _Whose) -> None:
        self._taken[transport] = whose
        self._crowds.setdefault(whose, {})[transport] = None

    def _make_room(self) -> bool:
        strangers = [crowd for whose, crowd in self._crowds.items() if not whose.is_known]
        crowd = max(strangers or self._crowds.values(), key=len)
        if not strangers and len(crowd) <= FEWEST:
            return False
        oldest = next(iter(crowd))
        self.leave(oldest)
        oldest.abort()
        return True


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
