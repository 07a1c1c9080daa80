"""What a store owes the server, beyond what a call needs of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from pipeline.events.record import Event, Record
from pipeline.people.person import Whose, Within
from pipeline.ports import Store
from pipeline.store.condensed import Head


class Archive(Store, Protocol):
    """A store whose records can also be found across calls.

    `position` numbers all stored records of all calls in the order they were kept, from 1.
    It only ever grows; a reader that has seen position p misses nothing by asking for what comes after p.
    """

    @property
    def is_shared(self) -> bool:
        """By several servers, each of which has recordings of its own."""
        ...

    def own(self, call_id: str, *, patient: bool = False) -> int:
        """As of Store. `patient` waits seconds for another writer, where a slice of a call cannot."""
        ...

    def append(
        self, call_id: str, owner: int, first_seq: int, events: Sequence[Event], *, patient: bool = False
    ) -> None:
        """As of Store; `patient` as of `own`."""
        ...

    def read(self, call_id: str, after: int = 0, limit: int | None = None) -> list[Record]:
        """As of Store; `limit` of them at most."""
        ...

    def calls(self, limit: int | None = None, offset: int = 0, within: Within | None = None) -> list[str]:
        """Call ids, newest first: `limit` of them after the newest `offset`, counting those `within` only."""
        ...

    def whose(self, call_id: str) -> Whose | None:
        """To whom a call belongs, as the newest of its facts tell; None for a call that is not known."""
        ...

    def unfinished(self) -> list[str]:
        """Calls without CallEnded that an earlier process of this server has left, oldest first."""
        ...

    def left(self) -> list[str]:
        """Those of other servers on this database that nobody has heard of for long, oldest first."""
        ...

    def private_gone(self, call_ids: Sequence[str]) -> dict[str, tuple[tuple[int, int], ...]]:
        """Of those in which what was private is erased for good: where it was in the sound, in ms and in order."""
        ...

    def unheard(self, call_ids: Sequence[str]) -> set[str]:
        """Those of these calls that run at a server which is not heard of just now."""
        ...

    def unscored(self) -> list[str]:
        """Calls with CallEnded and without CallScored, of this server or of one that is gone, newest first."""
        ...

    def last(self, call_id: str) -> Record | None:
        """The newest record of a call."""
        ...

    def probe(self) -> None:
        """Raises StoreError when nothing can be written just now."""
        ...

    def mend(self) -> bool:
        """Puts back what was deleted underneath; False when nothing was. Raises StoreError when it cannot be done."""
        ...

    def pick(self, call_ids: Sequence[str], kinds: Collection[str], *, brief: bool = False) -> list[Record]:
        """Records of these calls of these event kinds, in the order of call and seq.

        `brief`: lines may come without their single words, which takes a tenth of the time.
        """
        ...

    def heads(self, call_id: str, after: int) -> list[Head]:
        """What `condensed.condense` has to look at of the records with a seq above `after`, by seq, and the newest."""
        ...

    def take(self, call_id: str, seqs: Sequence[int]) -> list[Record]:
        """The records of a call with these numbers, by seq."""
        ...

    def position(self) -> int:
        """Position of the newest record; 0 when there is none."""
        ...

    def read_all(self, after: int, limit: int | None = None) -> list[tuple[int, Record]]:
        """Records of all calls with a position above `after`, in order, each with its position; `limit` at most."""
        ...
