"""A store that forgets: for tests and for scoring files, where nothing is to be kept."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence

from pipeline.codec import event_to_json
from pipeline.errors import Conflict, NotOwner, StoreError
from pipeline.events.call import CallEnded
from pipeline.events.record import Event, Record
from pipeline.events.score import CallScored
from pipeline.people.person import Whose, Within
from pipeline.store.condensed import Head
from pipeline.store.ownership import owner_of


class MemoryStore:
    is_shared = False

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, list[Record]] = {}
        self._all: list[Record] = []
        self._owners: dict[str, int] = {}  # the newest of each call

    def own(self, call_id: str, *, patient: bool = False) -> int:
        with self._lock:
            self._calls.setdefault(call_id, [])
            self._owners[call_id] = self._owners.get(call_id, 0) + 1
            return self._owners[call_id]

    def append(
        self, call_id: str, owner: int, first_seq: int, events: Sequence[Event], *, patient: bool = False
    ) -> None:
        if not events:
            return
        try:
            for event in events:
                event_to_json(event)
        except ValueError as error:
            raise StoreError(f"an event of call {call_id} cannot be written: {error}") from error
        with self._lock:
            if self._owners.get(call_id) != owner:
                raise NotOwner(call_id)
            kept = self._calls[call_id]
            if not 1 <= first_seq <= len(kept) + 1:
                raise Conflict(call_id, f"record {first_seq} does not follow the last one, {len(kept)}")
            records = [Record(call_id, seq, event) for seq, event in enumerate(events, start=first_seq)]
            known = kept[first_seq - 1 : first_seq - 1 + len(records)]
            if known != records[: len(known)]:
                raise Conflict(call_id, f"some record from {first_seq} on is another one already")
            kept += records[len(known) :]
            self._all += records[len(known) :]

    def read(self, call_id: str, after: int = 0, limit: int | None = None) -> list[Record]:
        with self._lock:
            return self._calls.get(call_id, [])[max(after, 0) :][:limit]

    def calls(self, limit: int | None = None, offset: int = 0, within: Within | None = None) -> list[str]:
        with self._lock:
            newest_first = list(reversed(self._begun()))
            if within is not None:
                newest_first = [one for one in newest_first if within.has(owner_of(self._calls[one]))]
            return newest_first[offset : None if limit is None else offset + limit]

    def unfinished(self) -> list[str]:
        with self._lock:
            return [call_id for call_id in self._begun() if not self._has(call_id, CallEnded)]

    def left(self) -> list[str]:
        return []

    def private_gone(self, call_ids: Sequence[str]) -> dict[str, tuple[tuple[int, int], ...]]:
        return {}

    def unheard(self, call_ids: Sequence[str]) -> set[str]:
        return set()

    def unscored(self) -> list[str]:
        with self._lock:
            ended = [call_id for call_id in self._begun() if self._has(call_id, CallEnded)]
            return [call_id for call_id in reversed(ended) if not self._has(call_id, CallScored)]

    def whose(self, call_id: str) -> Whose | None:
        with self._lock:
            return owner_of(self._calls[call_id]) if self._calls.get(call_id) else None

    def last(self, call_id: str) -> Record | None:
        with self._lock:
            return next(reversed(self._calls.get(call_id, [])), None)

    def probe(self) -> None:
        pass

    def mend(self) -> bool:
        return False

    def pick(self, call_ids: Sequence[str], kinds: Collection[str], *, brief: bool = False) -> list[Record]:
        with self._lock:
            return [
                record
                for call_id in sorted(set(call_ids))
                for record in self._calls.get(call_id, [])
                if type(record.event).__name__ in kinds
            ]

    def heads(self, call_id: str, after: int) -> list[Head]:
        kept = self.read(call_id)
        wanted = kept[max(after, 0) :] or kept[-1:]
        return [Head(r.seq or 0, type(r.event).__name__, event_to_json(r.event)) for r in wanted]

    def take(self, call_id: str, seqs: Sequence[int]) -> list[Record]:
        kept = self.read(call_id)
        return [kept[seq - 1] for seq in sorted(seqs)]

    def position(self) -> int:
        with self._lock:
            return len(self._all)

    def read_all(self, after: int, limit: int | None = None) -> list[tuple[int, Record]]:
        with self._lock:
            return list(enumerate(self._all[max(after, 0) :][:limit], start=max(after, 0) + 1))

    def _begun(self) -> list[str]:
        return [call_id for call_id, kept in self._calls.items() if kept]

    def _has(self, call_id: str, kind: type[CallEnded] | type[CallScored]) -> bool:
        return any(isinstance(record.event, kind) for record in self._calls[call_id])
