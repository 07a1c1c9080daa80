"""A source that wraps another one."""

from __future__ import annotations

from pipeline.events.call import CallFacts, SourceNotice
from pipeline.events.channels import Channel
from pipeline.ports import Source


class Wrapped:
    """Delegates everything but the slices to the inner source; a subclass defines `__iter__`."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def channels(self) -> tuple[Channel, ...]:
        return self._source.channels

    @property
    def facts(self) -> CallFacts:
        return self._source.facts

    @property
    def can_wait(self) -> bool:
        return self._source.can_wait

    @property
    def notices(self) -> tuple[SourceNotice, ...]:
        return self._source.notices
