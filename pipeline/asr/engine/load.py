"""How busy the workers are, and how long recognition is expected to take. No thread and no clock: times are told."""

from __future__ import annotations

from collections import deque

_NEW = 0.2  # weight of the latest cost in the smoothed one


class Load:
    """The load of all workers together. Used under the scheduler's lock."""

    def __init__(self, over_ms: int, workers: int) -> None:
        """`over_ms`: time over which the share of busy time is taken."""
        self._over_s = over_ms / 1000
        self._workers = workers
        self._recent: deque[tuple[float, float]] = deque()  # (end, duration) of recent jobs, s
        self._per_window = 0.0  # smoothed time of work per time of window

    def add(self, ended_s: float, took_s: float, window_s: float) -> None:
        """A worker was busy for `took_s` with windows of this length together."""
        self._recent.append((ended_s, took_s))
        cost = took_s / max(window_s, 0.1)
        self._per_window = (1 - _NEW) * self._per_window + _NEW * cost if self._per_window else cost

    def busy_share(self, now_s: float) -> float:
        while self._recent and self._recent[0][0] < now_s - self._over_s:
            self._recent.popleft()
        return sum(took_s for _, took_s in self._recent) / self._over_s / self._workers

    def expected_ms(self, window_ms: int) -> float:
        """How long an utterance in a window of this length takes; 0 before the first."""
        return self._per_window * window_ms
