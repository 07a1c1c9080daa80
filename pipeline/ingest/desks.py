"""The centre of desks: which are here, and which calls run where."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

import anyio

from pipeline.desk_protocol.kinds import Close
from pipeline.desk_protocol.messages import Hello, Welcome
from pipeline.errors import StoreError
from pipeline.ingest.desk_line import Closing, DeskLine, Takes
from pipeline.ingest.load_desks import is_of_load
from pipeline.people.desks import Desk, Desks
from pipeline.printable import printable

log = logging.getLogger(__name__)

HEARD_EVERY_S = 5.0
COME_S = 0.2  # so long those who come are gathered: each is a transaction, which waits for whoever keeps records
FLAPPING = 3  # processes of one desk that take the line from each other


class Part(Protocol):
    """Takes some kinds of messages of all lines."""

    @property
    def takes(self) -> Mapping[type[Any], Takes]: ...

    async def opened(self, line: DeskLine) -> None:
        """The desk was welcomed."""

    def left(self, line: DeskLine) -> None:
        """The line has ended."""


class Centre:
    """Everything on the event loop, but for `is_here` and `line_of`."""

    def __init__(
        self,
        desks: Desks,
        hear: Callable[[Sequence[str]], None],
        welcome: Callable[[DeskLine], Awaitable[Welcome]],
        parts: Sequence[Part],
    ) -> None:
        """`hear`: keeps that these desks are heard of now (`store.bringing`)."""
        self._desks = desks
        self._hear = hear
        self._welcome = welcome
        self._parts = parts
        self._lines: dict[str, DeskLine] = {}
        self._come: set[str] = set()  # and nobody knows yet that they are heard of
        self._former: dict[str, list[str]] = {}  # of each desk, the processes whose line another one took
        self.takes: Mapping[type[Any], Takes] = {kind: take for part in parts for kind, take in part.takes.items()}

    def is_here(self, desk_id: str) -> bool:
        line = self._lines.get(desk_id)
        return line is not None and line.state == "open"

    def line_of(self, desk_id: str) -> DeskLine | None:
        """Where a desk can be told something now."""
        line = self._lines.get(desk_id)
        return line if line is not None and line.state == "open" else None

    def lines(self) -> list[DeskLine]:
        return [line for line in self._lines.values() if line.state == "open"]

    async def serve(self, line: DeskLine) -> None:
        """One connection, from its Hello to its end."""
        try:
            await line.run(self._greet)
        finally:
            if self._lines.get(line.desk.id) is line:
                del self._lines[line.desk.id]
            for part in self._parts:
                part.left(line)
            if line.hello is not None:
                log.info("desk %s is not here any more: %s", line.desk.name, line.why or "the connection was cut")

    async def keep_hearing(self) -> None:
        """Keeps, every few seconds, which desks are heard of; those that come, soon. Never ends."""
        heard_s = time.monotonic()
        while True:
            await anyio.sleep(COME_S)
            heard, self._come = self._come, set()
            if time.monotonic() - heard_s >= HEARD_EVERY_S:
                heard_s = time.monotonic()
                heard |= {desk_id for desk_id, line in self._lines.items() if line.state != "closed"}
            await self._keep_heard([*heard])

    def close(self) -> None:
        """The centre ends: desks come back by themselves."""
        for line in self._lines.values():
            line.close(Close.ENDING, "the centre is stopped")

    async def _greet(self, line: DeskLine) -> Welcome:
        hello, desk = line.hello, line.desk
        assert hello is not None
        self._refuse_strangers(desk, hello)
        if (former := self._lines.get(desk.id)) is not None and former is not line:
            assert former.hello is not None
            if former.hello.process != hello.process:
                self._former.setdefault(desk.id, []).append(former.hello.process)
                del self._former[desk.id][:-FLAPPING]
            former.close(Close.REPLACED, "this desk has connected again")
        self._lines[desk.id] = line
        if not is_of_load(desk):
            told = (hello.installation, printable(hello.machine), printable(hello.program), line.ahead_ms)
            line.desk = await anyio.to_thread.run_sync(self._desks.see, desk, *told)
        self._come.add(desk.id)
        welcome = await self._welcome(line)
        line.spawn(self._opened, line)
        log.info("desk %s is here: %s, clock %+d ms", desk.name, printable(hello.program), line.ahead_ms)
        return welcome

    def _refuse_strangers(self, desk: Desk, hello: Hello) -> None:
        if desk.installation != hello.installation:
            why = f"this token is of {desk.machine or 'another machine'}: enrol {hello.machine} by a code of its own"
            raise Closing(Close.TAKEN, why)
        if hello.process in self._former.get(desk.id, []) and self.is_here(desk.id):
            raise Closing(Close.TAKEN, "another copy of this installation is here with the same token: enrol one anew")

    async def _opened(self, line: DeskLine) -> None:
        for part in self._parts:
            await part.opened(line)

    async def _keep_heard(self, heard: Sequence[str]) -> None:
        if not heard:
            return
        try:
            await anyio.to_thread.run_sync(self._hear, heard)
        except StoreError as error:
            log.warning("that %d desks are heard of cannot be kept: %s", len(heard), error)
