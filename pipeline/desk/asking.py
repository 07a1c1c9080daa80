"""One message about a call at a time, and what the centre says to it: records and recordings go so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from pipeline.desk.link import Link
from pipeline.desk_protocol.messages import (
    Kept,
    Piece,
    Recording,
    RecordingFrom,
    RecordingKept,
    RecordingRefused,
    Records,
    Refused,
)

Answer = TypeVar("Answer", bound=Kept | Refused | RecordingFrom | RecordingKept | RecordingRefused)


class Asking(Generic[Answer]):
    def __init__(
        self,
        link: Link,
        kinds: Sequence[type[Answer]],
        news: threading.Condition,
        is_closing: Callable[[], bool],
        limit_s: float | None = None,
    ) -> None:
        """`kinds`: of answers. `news`: told of an answer, and by whoever asks when it closes. `limit_s`: null waits for
        the answer as long as the line lasts.
        """
        self._link = link
        self._news = news
        self._is_closing = is_closing
        self._limit_s = limit_s
        self._answer: Answer | None = None
        for kind in kinds:
            link.on(kind, self._answered)
        link.when_lost(self.wake)

    def wake(self) -> None:
        with self._news:
            self._news.notify_all()

    def ask(self, said: Records | Recording | Piece, body: bytes) -> Answer | None:
        """None where it was not answered: the line was lost before, or it took too long."""
        with self._news:
            self._answer = None
        at = self._link.connection
        if self._is_closing() or not at or not self._link.say(said, body, at):
            return None

        def answered() -> Answer | None:
            return self._answer if self._answer is not None and self._answer.call_id == said.call_id else None

        with self._news:
            self._news.wait_for(
                lambda: self._is_closing() or self._link.connection != at or answered() is not None, self._limit_s
            )
            return answered()

    def _answered(self, said: Answer, body: bytes) -> None:
        """In the link's thread."""
        with self._news:
            self._answer = said
            self._news.notify_all()
