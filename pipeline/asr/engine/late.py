"""A recogniser that is loaded when it is first needed: many calls share it, and a process without any pays nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pipeline.events.call import WordsTrust
from pipeline.ports import Pending, Transcriber, Utterance


class LateTranscriber:
    """A Transcriber; before `load` its engine is "", which says that nobody knows yet. From any thread."""

    def __init__(self, make: Callable[[], Transcriber]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: Transcriber | None = None

    def load(self) -> Transcriber:
        """Returns when it is loaded, whoever asked first. Raises what `make` raises, and tries again next time."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    @property
    def made(self) -> Transcriber | None:
        """None before it is loaded."""
        return self._made

    @property
    def engine(self) -> str:
        return self._made.engine if self._made is not None else ""

    @property
    def notice(self) -> str:
        return self._made.notice if self._made is not None else ""

    @property
    def trust(self) -> WordsTrust | None:
        return self._made.trust if self._made is not None else None

    @property
    def fault(self) -> str:
        return self._made.fault if self._made is not None else ""

    @property
    def has_room(self) -> bool:
        return self._made is not None and self._made.has_room

    def ask(self, utterance: Utterance) -> Pending:
        return self.load().ask(utterance)
