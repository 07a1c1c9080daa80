"""Digests of this desk's calls on their way to the centre's wall: only the newest, and none that says nothing new."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from pipeline.desk.link import Link
from pipeline.desk_protocol.messages import Digested, Welcome
from pipeline.digest import Digest, to_json
from pipeline.digesting import fold
from pipeline.events.call import CallStarted
from pipeline.events.record import Record

EVERY_S = 0.25  # and no more often


class Digests:
    """A Bus, and a thread from `start` to `close`. `publish` folds and does no more: the call waits for nothing."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._news = threading.Condition()
        self._calls: dict[str, Digest] = {}
        self._said: dict[str, Digest] = {}
        self._is_due = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="digests to the centre", daemon=True)
        link.when_open(self._opened)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        with self._news:
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join()

    def publish(self, records: Sequence[Record]) -> None:
        with self._news:
            for record in records:
                call = self._calls.get(record.call_id)
                if call is not None or isinstance(record.event, CallStarted):
                    self._calls[record.call_id] = fold(call or Digest(), record.event)
                    self._is_due = True
            if self._is_due:
                self._news.notify()

    def _opened(self, welcome: Welcome) -> None:
        """What the centre knew of before it may have forgotten."""
        with self._news:
            self._said.clear()
            self._is_due = True
            self._news.notify()

    def _run(self) -> None:
        while not self._closing.is_set():
            with self._news:
                self._news.wait_for(lambda: self._closing.is_set() or self._is_due)
                self._is_due = False
                now = dict(self._calls)
            for call_id, digest in now.items():
                self._say(call_id, digest)
            self._closing.wait(EVERY_S)

    def _say(self, call_id: str, digest: Digest) -> None:
        """An ended call is said once, and known no longer: while the centre is away it learns of it by the records."""
        is_news = digest.is_news(self._said.get(call_id))
        if is_news and self._link.say(Digested(call_id), to_json(digest).encode()):
            self._said[call_id] = digest
        if digest.ended_ms is not None:
            with self._news:
                self._calls.pop(call_id, None)
                self._said.pop(call_id, None)
