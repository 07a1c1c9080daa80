"""The sweep of each night, in a thread of its own: at an hour in which few people call."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import date, datetime

from pipeline.errors import CallcoachError
from pipeline.session.sweep import Sweep, Swept

log = logging.getLogger(__name__)

FROM_HOUR, TO_HOUR = 3, 5  # of this machine's clock
LOOK_S = 600.0
BETWEEN_CALLS_S = 0.05  # a call in progress writes meanwhile
NIGHT_S = 20 * 3_600.0  # so long after a sweep another night's is due
OVERDUE_S = 48 * 3_600.0  # a machine that is off at night sweeps by day


class Nightly:
    """`look` decides, `start` calls it now and then until `close`."""

    def __init__(
        self,
        sweep: Sweep,
        say: Callable[[str], None],
        clock: Callable[[], datetime] = datetime.now,
        first: Callable[[], None] = lambda: None,
    ) -> None:
        """`clock`: of this machine, local time; it says only when to look. `say` is for the terminal.

        `first`: done before each sweep, whatever becomes of that.
        """
        self._sweep = sweep
        self._say = say
        self._clock = clock
        self._first = first
        self._swept_on: date | None = None  # by this process, which has recordings of its own
        self._said = ""  # what was told last of a sweep that could not be
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()

    def look(self) -> None:
        """Sweeps where that is due; else keeps the known time up to date. Raises StoreError."""
        retention = self._sweep.retention
        now = self._clock()
        is_night = FROM_HOUR <= now.hour < TO_HOUR
        if (is_night and self._swept_on != now.date()) or retention.is_due(OVERDUE_S):
            self._swept_on = now.date()
            self._first()
            self._tell(self._sweep.run(self._goes_on))
        elif not retention.doubt():
            retention.believe()
            if is_night:
                self._sweep.deletion.clean()

    def _run(self) -> None:
        while not self._closing.wait(LOOK_S):
            try:
                self.look()
            except CallcoachError as error:
                log.warning("the sweep: %s", error)
            except Exception:  # the next one must come all the same
                log.exception("the sweep broke down")

    def _goes_on(self) -> bool:
        return not self._closing.wait(BETWEEN_CALLS_S)

    def _tell(self, swept: Swept) -> None:
        if swept.steps:
            self._say(f"kept long enough: {said_of(swept)} deleted")
        troubles = [f"nothing is deleted: {swept.refused}"] if swept.refused else []
        troubles += [f"{len(swept.failed)} could not be deleted, the first: {swept.failed[0]}"] if swept.failed else []
        for line in troubles:
            if line != self._said:
                self._say(line)
        self._said = troubles[-1] if troubles else ""


def said_of(swept: Swept) -> str:
    """3 recordings, what is private in 4 calls, the words of 2 calls, 1 whole call."""
    recordings, private, words, calls = (swept.count(what) for what in ("recording", "private", "words", "call"))
    parts = [f"{recordings} recording{_s(recordings)}"] if recordings else []
    parts += [f"what is private in {private} call{_s(private)}"] if private else []
    parts += [f"the words of {words} call{_s(words)}"] if words else []
    parts += [f"{calls} whole call{_s(calls)}"] if calls else []
    return ", ".join(parts) or "nothing"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
