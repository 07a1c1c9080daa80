"""What the centre has whole needs no second copy: it goes from this machine some hours later.

Only what the centre has confirmed goes, with its score and its recording, or what was deleted there. How old a call is
must be agreed on by both clocks, this machine's and the centre's: neither alone has anything deleted.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from pipeline.desk.clock import CentreClock
from pipeline.errors import CallcoachError
from pipeline.session.sessions import Sessions
from pipeline.session.sweep import Sweep
from pipeline.store.deliveries import SqlDeliveries

log = logging.getLogger(__name__)

LOOK_S = 600.0
HOUR_S = 3_600.0
AT_ONCE = 20  # calls of one look: no call in progress waits for more


class Cleaning:
    """`look` from one thread, now and then."""

    def __init__(
        self,
        sweep: Sweep,
        kept: SqlDeliveries,
        sessions: Sessions,
        centre: CentreClock,
        keep_hours: int,
        clock: Callable[[], float] = time.monotonic,
        *,
        is_told: Callable[[], bool] = lambda: True,
    ) -> None:
        """`is_told`: whether the centre has said, on this connection, what it has lost."""
        self._sweep = sweep
        self._kept = kept
        self._sessions = sessions
        self._centre = centre
        self._keep_s = keep_hours * HOUR_S
        self._clock = clock
        self._is_told = is_told
        self._looked_s = clock() - LOOK_S

    def look(self) -> list[str]:
        """The calls that went; nothing more often than every ten minutes."""
        if self._clock() - self._looked_s < LOOK_S or not self._is_told():
            return []
        self._looked_s = self._clock()
        try:
            return self._clean()
        except CallcoachError as error:
            log.warning("calls that the centre has cannot be deleted here just now: %s", error)
            return []

    def _clean(self) -> list[str]:
        if self._centre.is_own or self._sweep.retention.doubt():
            return []  # nobody knows how old anything is
        due = self._kept.done(self._centre.now().timestamp(), self._keep_s)
        gone = []
        for call_id in due[:AT_ONCE]:
            if self._sessions.mailbox(call_id) is None and not self._sessions.is_left(call_id):
                self._sweep.delete_delivered(call_id)
                self._kept.forget(call_id)
                gone.append(call_id)
        if gone:
            self._sweep.deletion.clean()
        return gone
