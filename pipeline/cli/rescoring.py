"""`callcoach rescore`: kept calls once more, from what was heard and told in them, under this rulebook or another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.audio.turn_taking import TurnTakingSettings
from pipeline.cli.choices import Choices, say
from pipeline.cli.people import HERE
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.codec import from_json
from pipeline.documents import shown
from pipeline.errors import CallcoachError, StoreError
from pipeline.events.record import Record
from pipeline.folders import data_folder
from pipeline.masking.view import masked_records
from pipeline.people.audit import Audit
from pipeline.people.permissions import Action
from pipeline.people.team_settings import newest
from pipeline.replay import replay
from pipeline.reports.call_report import report
from pipeline.store.opening import CALLS, open_database

if TYPE_CHECKING:
    from pipeline.store.sql import SqlStore

Json = dict[str, Any]
_Seen = Callable[[list[Record]], list[Record]]

_DEMO = "demo.db"


def rescore_all(calls: list[str], rulebook: Rulebook, choices: Choices) -> Iterator[Json]:
    """A result for each call in the order of `calls`, {"file", "error"} for one that cannot be replayed.

    A call is an id, the beginning of one that no other begins with, or a file that `score --events` wrote. The result
    is the object of `score --json` with `before`: rulebook, hints and score as they were. Nothing is written but who
    opened the call: one that cannot be noted in the audit is not opened, as at the server.
    """
    store = _Store(choices)
    for name in calls:
        try:
            records, seen = store.records(name)
            yield _rescored(name, records, seen, rulebook, choices.call.turn_taking)
        except CallcoachError as error:
            yield {"file": name, "error": str(error).removeprefix(f"{name}: ")}


def _rescored(name: str, records: list[Record], seen: _Seen, rulebook: Rulebook, settings: TurnTakingSettings) -> Json:
    """`seen`: the records as they are told; what is judged are those that were kept."""
    _check(records)
    before = report(name, seen(records))
    events = [event for slice_ in replay(rulebook, settings, [r.event for r in records]) for event in slice_]
    call_id = records[0].call_id
    after = report(name, seen([Record(call_id, seq, event) for seq, event in enumerate(events, 1)]))
    return {**after, "before": {part: before[part] for part in ("rulebook", "hints", "score")}}


def _check(records: list[Record]) -> None:
    """Raises StoreError when these are not all records of one call, in their order."""
    call_id = records[0].call_id
    for number, record in enumerate(records, 1):
        if record.call_id != call_id:
            raise StoreError(f"record {number} is of another call, {shown(record.call_id)}; wanted: one call")
        if record.seq != number:
            raise StoreError(f"record {number} has the number {record.seq}; they count from 1, without gap or repeat")


class _Store:
    """The calls of this machine, the demo's among them, opened when one is asked for by its id."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._opened: list[tuple[SqlStore, Audit]] = []

    def records(self, name: str) -> tuple[list[Record], _Seen]:
        """All of a call, and how they are told: a kept call without what is private, unless its team has that off.

        Raises CallcoachError when there is no such call, or no such file of records.
        """
        path = Path(name)
        if path.suffix == ".jsonl" or path.is_file():
            return _read(path), list
        from pipeline.store.team_settings import SqlTeamSettings

        calls = {call: (store, audit) for store, audit in self._open() for call in store.calls()}
        found = [name] if name in calls else [call for call in calls if name and call.startswith(name)]
        if not found:
            raise StoreError(f"no call of this id in {', '.join(store.database.name for store, _ in self._open())}")
        if len(found) > 1:
            raise StoreError(f"{len(found)} calls begin so: {found[0]}, {found[1]}{', …' if len(found) > 2 else ''}")
        store, audit = calls[found[0]]
        audit.note(None, Action.CALL_READ, found[0], HERE)
        whose = store.whose(found[0])
        team = newest(SqlTeamSettings(store.database), whose.team if whose is not None else None)
        return store.read(found[0]), masked_records if team.settings.masking else list

    def _open(self) -> list[tuple[SqlStore, Audit]]:
        from pipeline.store.audit import open_audit
        from pipeline.store.sql import SqlStore

        folder, choices = data_folder(), self._choices
        if self._opened:
            return self._opened
        if choices.store.is_kept(folder):
            store = SqlStore(open_database(choices.store, folder))
            self._opened.append((store, open_audit(store.database, folder, choices.audit, say)))
        if (folder / _DEMO).exists():
            store = SqlStore(folder / _DEMO)  # it has no second place
            self._opened.append((store, open_audit(store.database, folder, None, say)))
        if not self._opened:
            raise StoreError(f"{folder} holds no {CALLS} nor {_DEMO}; give --data DIR, or a file of `score --events`")
        return self._opened


def _read(path: Path) -> list[Record]:
    records: list[Record] = []
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    records.append(from_json(line))
                except ValueError as error:
                    raise StoreError(f"{path}: line {number} is no record of a call: {error}") from None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from None
    if not records:
        raise StoreError(f"{path}: holds no records")
    return records
