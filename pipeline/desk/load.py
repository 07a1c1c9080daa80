"""Many made-up desks in one process against one centre, each with a call: `callcoach load`. Ends by itself."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from pipeline.codec import event_to_json
from pipeline.desk.load_figures import Figures
from pipeline.desk.load_script import AGENT, BEGAN, CALL, Script, Voices
from pipeline.desk.transcriber import pause_s
from pipeline.desk_protocol.frames import longest, read_down, written
from pipeline.desk_protocol.kinds import ALIVE_EVERY_MS, DOWN, MAJOR, NEWEST, RECORDS_AT_ONCE, SUBPROTOCOL
from pipeline.desk_protocol.messages import (
    Alive,
    Digested,
    Heard,
    Hello,
    Kept,
    Message,
    NoWords,
    Records,
    Refused,
    Welcome,
    Words,
)
from pipeline.errors import CallcoachError
from pipeline.events.call import CallEnded
from pipeline.events.channels import Channel
from pipeline.session.call_id import new_call_id

CONNECT_S = 20.0
ENDING_S = 10.0
_AT = re.compile(r'"at_ms":(\d+)')
_SEQ = re.compile(r'"seq":(\d+)')


@dataclass(frozen=True, slots=True)
class Target:
    """`address`: https://HOST or http://HOST of the centre; `watch_token`: one that may read calls, or none."""

    address: str
    token: str
    trust: ssl.SSLContext | None
    watch_token: str | None = None

    def socket(self, path: str) -> str:
        return "ws" + self.address.removeprefix("http") + path


@dataclass
class SaidDigests:
    """Those of a call that no wall has shown yet. One by which it is as the wall has it already waits for nothing."""

    _said: list[tuple[int, float, str]] = field(default_factory=list)  # its time of the call, when, and what
    _shown: str = ""

    def say(self, digest: str, now_s: float) -> None:
        if (found := _AT.search(digest)) is None:
            return
        what = digest.replace(found[0], "", 1)
        if what == self._shown:
            self._said.clear()  # what came between was over within one tick of the wall
        else:
            self._said.append((int(found[1]), now_s, what))

    def show(self, at_ms: int) -> list[float]:
        """When those were said that are on the wall now, or a newer one is."""
        shown = [one for one in self._said if one[0] <= at_ms]
        if shown:
            self._said = self._said[len(shown) :]
            self._shown = shown[-1][2]
        return [said_s for _, said_s, _ in shown]


@dataclass(eq=False)
class LoadDesk:
    """One desk and its call, from `open` to `end`."""

    number: int
    name: str  # of desk, shift and agent
    target: Target
    script: Script
    voices: Voices | None
    figures: Figures
    has_captions: bool = False
    call_id: str = field(default_factory=new_call_id)
    said_s: list[float] = field(default_factory=list)  # of each record, when it was said
    digests: SaidDigests = field(default_factory=SaidDigests)
    _pending: deque[str] = field(default_factory=deque)
    _under_way: int = 0
    _kept: int = 0
    _sent: int = 0
    _asked: dict[str, float] = field(default_factory=dict)
    _has_room: bool = False  # at the centre, for captions
    _guess_from_s: float = 0.0
    _socket: ClientConnection | None = None
    _is_over: bool = False

    async def open(self) -> None:
        """Raises CallcoachError where the centre does not welcome it."""
        try:
            self._socket = await connect(
                self.target.socket(f"/ws/desk?load={self.number}"), ssl=self.target.trust, compression=None,
                subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=longest(DOWN), open_timeout=CONNECT_S,
                ping_interval=None, proxy=None, additional_headers={"Authorization": f"Bearer {self.target.token}"},
            )  # fmt: skip
            hello = Hello(f"{MAJOR}.{NEWEST}", self.name, self.call_id, "callcoach load", "callcoach load", _now_ms())
            await self._say(hello)
            welcome = read_down(await asyncio.wait_for(self._socket.recv(), CONNECT_S), NEWEST).said
        except (OSError, InvalidHandshake, ConnectionClosed, TimeoutError) as error:
            raise CallcoachError(f"{self.name} is not let in by {self.target.address}: {error}") from None
        if not isinstance(welcome, Welcome):
            raise CallcoachError(f"{self.name} was not welcomed")

    async def run(self, stopped: asyncio.Event) -> None:
        """Says its call at real time, until it is stopped; a line that is cut is counted and not made again."""
        parts = [asyncio.ensure_future(part) for part in (self._listen(), self._speak(stopped), self._beat())]
        await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        if not parts[0].done():
            with suppress(TimeoutError, ConnectionClosed):
                await asyncio.wait_for(self._end(), ENDING_S)
        if self._kept < len(self.said_s):
            self.figures.counted["records_not_kept"] += len(self.said_s) - self._kept
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)
        assert self._socket is not None
        await self._socket.close()

    async def _speak(self, stopped: asyncio.Event) -> None:
        began_s = time.monotonic()
        records, digests, turns = deque(self.script.records), deque(self.script.digests), deque(self.script.turns)
        open_turns = deque(self.script.open_turns if self.has_captions else ())
        while not stopped.is_set():
            now_ms = (time.monotonic() - began_s) * 1000
            while records and records[0][0] <= now_ms:
                at_ms, line = records.popleft()
                self._put(self._own(line) if len(self.said_s) == 0 else line)
                if self.figures.is_on:
                    self.figures.behind_ms.append(now_ms - at_ms)
            await self._flush()
            newest = None
            while digests and digests[0][0] <= now_ms:
                newest = digests.popleft()[1]
            if newest is not None:
                self.figures.counted["digests"] += 1
                self.digests.say(newest, time.monotonic())
                await self._say(Digested(self.call_id), self._own(newest).encode())
            while turns and turns[0][0] <= now_ms:
                _, channel, length_ms = turns.popleft()
                await self._ask(channel, length_ms)
            open_turn = None
            while open_turns and open_turns[0][0] <= now_ms:
                open_turn = open_turns.popleft()
            if open_turn is not None:
                await self._guess(open_turn[1], open_turn[2])
            due = [one[0][0] for one in (records, digests, turns, open_turns) if one]
            due_s = began_s + min(due, default=now_ms + 500) / 1000
            await asyncio.sleep(min(0.5, max(0.001, due_s - time.monotonic())))

    def _put(self, line: str) -> None:
        self.said_s.append(time.monotonic())
        self._pending.append(line)

    async def _flush(self) -> None:
        """As a desk does it: one message is under way at a time, with all that has gathered."""
        if self._under_way or not self._pending:
            return
        lines = [self._pending.popleft() for _ in range(min(len(self._pending), RECORDS_AT_ONCE))]
        first, self._under_way = self._sent + 1, len(lines)
        self._sent += len(lines)
        self.figures.counted["records"] += len(lines)
        self.figures.counted["messages_of_records"] += 1
        await self._say(Records(self.call_id, self.name, first), "\n".join(lines).encode())

    async def _ask(self, channel: str, length_ms: int) -> None:
        if self.voices is None:
            return
        id = f"u{len(self._asked)}"
        self._asked[id] = time.monotonic()
        self.figures.counted["utterances"] += 1
        piece = self.voices.piece(length_ms, self.number + len(self._asked))
        await self._say(Heard(id, self.call_id, Channel(channel), True, "zh"), piece)

    async def _guess(self, channel: str, length_ms: int) -> None:
        """A caption, as a desk asks for one: while the centre has room, and so much of the network at most."""
        if self.voices is None or not self._has_room or time.monotonic() < self._guess_from_s:
            return
        piece = self.voices.piece(length_ms, self.number)
        self._guess_from_s = time.monotonic() + pause_s(len(piece))
        self.figures.counted["captions_asked"] += 1
        id = f"g{self.figures.counted['captions_asked']}"
        await self._say(Heard(id, self.call_id, Channel(channel), False, "zh"), piece)

    async def _listen(self) -> None:
        assert self._socket is not None
        try:
            async for frame in self._socket:
                self._take(read_down(frame, NEWEST).said)
                await self._flush()
        finally:
            if not self._is_over:
                self.figures.counted[f"lines_cut_{self._socket.close_code}"] += 1
                self.figures.gave(f"lines cut: {self._socket.close_reason or self._socket.close_code}")

    def _take(self, said: object) -> None:
        match said:
            case Kept(seq=seq):
                now_s, self._under_way = time.monotonic(), 0
                self.figures.kept([(now_s - one) * 1000 for one in self.said_s[self._kept : seq]])
                self._kept = max(self._kept, seq)
            case Words(id=id) | NoWords(id=id) if id not in self._asked:
                self.figures.counted["captions_made" if isinstance(said, Words) else "captions_left_out"] += 1
            case Words(id=id):
                self.figures.heard((time.monotonic() - self._asked[id]) * 1000)
            case NoWords(detail=detail):
                self.figures.counted["no_words"] += 1
                self.figures.gave(f"no words: {detail[:80]}")
            case Refused(because=because):
                self.figures.counted[f"refused_{because}"] += 1
            case Alive(has_room=has_room) if self.voices is not None:
                self._has_room = has_room
                if not has_room:
                    self.figures.gave("captions are not welcome")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(ALIVE_EVERY_MS / 1000)
            await self._say(Alive(_now_ms()))

    async def _end(self) -> None:
        """Its call ends as a call does, so that none is left open at the centre."""
        at_ms = self.script.records[min(len(self.said_s), len(self.script.records)) - 1][0] if self.said_s else 0
        self._put(event_to_json(CallEnded(at_ms, "finished")))
        self.figures.began_s = None
        await self._flush()
        while self._kept < len(self.said_s):
            await asyncio.sleep(0.02)
        self._is_over = True

    def _own(self, line: str) -> str:
        began = datetime.now().astimezone().isoformat(timespec="milliseconds")
        return line.replace(CALL, self.call_id).replace(AGENT, self.name).replace(BEGAN, began)

    async def _say(self, said: object, body: bytes = b"") -> None:
        assert self._socket is not None
        await self._socket.send(written(Message(said, body)))  # type: ignore[arg-type]


async def watch(desk: LoadDesk) -> None:
    """As a page that shows the call: how long a record takes until it is there. For ever."""
    headers = {"Authorization": f"Bearer {desk.target.watch_token}"}
    path = desk.target.socket(f"/ws/calls/{desk.call_id}")
    async with connect(path, ssl=desk.target.trust, additional_headers=headers, compression=None, proxy=None) as socket:
        async for text in socket:
            found = _SEQ.search(str(text))
            said_s = desk.said_s[int(found[1]) - 1] if found is not None and int(found[1]) <= len(desk.said_s) else 0.0
            if (began_s := desk.figures.began_s) is not None and said_s >= began_s:  # and not its history
                desk.figures.shown_ms.append((time.monotonic() - said_s) * 1000)


def _now_ms() -> int:
    return round(time.time() * 1000)


async def watch_floor(target: Target, desks: Sequence[LoadDesk]) -> None:
    """As a wall with all calls: how long a digest takes until it, or a newer one, is there. For ever."""
    headers = {"Authorization": f"Bearer {target.watch_token}"}
    known, figures = {desk.call_id: desk for desk in desks}, desks[0].figures
    async with connect(
        target.socket("/ws/floor"), ssl=target.trust, additional_headers=headers, compression=None, proxy=None,
        max_size=None,
    ) as socket:  # fmt: skip
        async for text in socket:
            now_s = time.monotonic()
            for call in json.loads(text).get("calls", ()):
                if (desk := known.get(call["call_id"])) is None:
                    continue
                said_s = desk.digests.show(call["digest"].get("at_ms", 0))
                if (began_s := figures.began_s) is not None:  # and not what was said before the wall was there
                    figures.floor_ms += [(now_s - one_s) * 1000 for one_s in said_s if one_s >= began_s]
