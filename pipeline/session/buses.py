"""A bus nobody listens to, and several at once."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.events.record import Record
from pipeline.ports import Bus


class NoBus:
    """Nobody watches."""

    def publish(self, records: Sequence[Record]) -> None:
        pass


class ManyBuses:
    """Publishes to several buses in turn."""

    def __init__(self, *buses: Bus) -> None:
        self._buses = buses

    def publish(self, records: Sequence[Record]) -> None:
        for bus in self._buses:
            bus.publish(records)
