"""The chain of the audit: what was changed, removed, cut off or written anew is named."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from pipeline.people.audit import LONGEST_DETAILS, Audit, Count, Deed, Wanted
from pipeline.people.audit_chain import START, Head, Row, Tail, check, linked
from pipeline.people.audit_heads import AuditHeads, read_key
from pipeline.people.entrance import Origin
from pipeline.people.permissions import Action

KEY = b"0123456789abcdef0123456789abcdef"
ORIGIN = Origin("10.2.0.15", "Chrome 142")


class ListLog:
    """An AuditLog that forgets."""

    def __init__(self) -> None:
        self.kept: list[Row] = []

    def add(self, link: Callable[[Tail], Row]) -> Row:
        newest = self.newest()
        self.kept.append(link(Tail(newest.number, newest.mac) if newest is not None else START))
        return self.kept[-1]

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

    def newest(self) -> Row | None:
        return self.kept[-1] if self.kept else None

    def rows(self, wanted: Wanted, before: int | None = None, limit: int | None = None) -> list[Row]:
        return [row for row in reversed(self.kept) if wanted.action in (None, row.action)][:limit]

    def counts(self, wanted: Wanted) -> list[Count]:
        return []

    def all_rows(self) -> Iterator[Row]:
        return iter(self.kept)

    def opened(self, agent_id: str, actions: Sequence[str], limit: int) -> list[Row]:
        return []


class Clock:
    def __init__(self) -> None:
        self.now = 1_764_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def log() -> ListLog:
    return ListLog()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def heads(tmp_path: Path) -> AuditHeads:
    return AuditHeads(tmp_path / "elsewhere" / "audit-head.jsonl", KEY, "calls.db", "here:calls.db")


@pytest.fixture
def audit(log: ListLog, heads: AuditHeads, clock: Clock) -> Audit:
    return Audit(log, KEY, heads, clock=clock)


def noted(audit: Audit, times: int) -> None:
    for number in range(times):
        audit.note("u-1", Action.CALL_READ, f"call-{number}", ORIGIN)


def fault_of(audit: Audit) -> tuple[int, str] | None:
    found = audit.verify().fault
    return None if found is None else (found.number, found.kind)


def fault_by_head(audit: Audit) -> tuple[int, str, int]:
    """Which row is wrong, how, and by which head of the second place that is known."""
    found = audit.verify().fault
    assert found is not None
    assert found.head is not None
    return found.number, found.kind, found.head.number


def test_a_row_tells_who_what_when_and_from_where(audit: Audit, clock: Clock) -> None:
    row = audit.note(
        "u-1", Deed.TEAM_SETTINGS_CHANGED, "a", ORIGIN, details={"version": 2, "before": {"recording_days": 180}}
    )
    assert (row.number, row.at, row.actor, row.action, row.object) == (1, clock.now, "u-1", "team_settings.change", "a")
    assert (row.outcome, row.address, row.agent) == ("done", "10.2.0.15", "Chrome 142")
    assert json.loads(row.details) == {"version": 2, "before": {"recording_days": 180}}
    audit.keep_head()
    assert fault_of(audit) is None


def test_what_a_request_brings_is_cut_and_is_text(audit: Audit) -> None:
    row = audit.note(None, Action.CALL_READ, "\ud800" + "x" * 9_000, Origin("1" * 999, "\udfff"), outcome="refused")
    assert (row.object, len(row.address), row.agent) == ("?" + "x" * 199, 200, "?")


def test_details_that_are_no_ids_and_numbers_are_refused(audit: Audit, log: ListLog) -> None:
    for details in ({"text": "x" * (LONGEST_DETAILS + 1)}, {"rate": float("nan")}):
        with pytest.raises(ValueError, match="details|JSON"):
            audit.note("u-1", Deed.USER_CHANGED, "u-2", ORIGIN, details=details)
    assert not log.kept


FIELDS = [
    {"at": 1.0}, {"actor": "u-2"}, {"actor": None}, {"action": "call.listen"}, {"object": "call-99"},
    {"outcome": "refused"}, {"address": "::1"}, {"agent": ""}, {"details": '{"a":1}'}, {"mac": "0" * 64}, {"mac": ""},
]  # fmt: skip


@pytest.mark.parametrize("changed", FIELDS, ids=str)
def test_a_changed_row_is_named(audit: Audit, log: ListLog, changed: dict[str, object]) -> None:
    noted(audit, 5)
    log.kept[2] = replace(log.kept[2], **changed)  # type: ignore[arg-type]
    assert fault_of(audit) == (3, "changed")


def test_a_removed_row_is_named(audit: Audit, log: ListLog) -> None:
    noted(audit, 5)
    del log.kept[2]
    assert fault_of(audit) == (3, "missing")


def test_a_removed_row_is_named_where_the_others_were_numbered_anew(audit: Audit, log: ListLog) -> None:
    noted(audit, 5)
    del log.kept[2]
    log.kept[2:] = [replace(row, number=row.number - 1) for row in log.kept[2:]]
    assert fault_of(audit) == (3, "changed")


def test_two_rows_that_changed_places_are_named(audit: Audit, log: ListLog) -> None:
    noted(audit, 5)
    one, other = log.kept[1], log.kept[2]
    log.kept[1:3] = [replace(other, number=2), replace(one, number=3)]
    assert fault_of(audit) == (2, "changed")


def test_a_cut_tail_is_found_by_the_second_place(audit: Audit, log: ListLog) -> None:
    noted(audit, 5)
    audit.keep_head()
    del log.kept[3:]
    assert fault_of(audit) == (4, "cut")
    del log.kept[:]
    assert fault_of(audit) == (1, "cut")


def test_a_chain_written_anew_with_the_key_is_found_by_the_second_place(audit: Audit, log: ListLog) -> None:
    noted(audit, 3)
    audit.keep_head()
    noted(audit, 3)
    audit.keep_head()
    tail, rows = START, log.kept[:]
    for place, row in enumerate(rows):
        if row.number >= 5:
            row = replace(row, actor="somebody else")
        log.kept[place] = linked(KEY, tail, row.link)
        tail = Tail(log.kept[place].number, log.kept[place].mac)
    assert check(log.kept, KEY, None).fault is None  # the chain alone cannot tell
    assert fault_by_head(audit) == (6, "rewritten", 6)


def test_a_chain_written_anew_with_another_key_is_told(audit: Audit, log: ListLog, heads: AuditHeads) -> None:
    noted(audit, 3)
    audit.keep_head()
    assert fault_of(Audit(log, b"another key", heads)) == (1, "changed")
    other = Audit(ListLog(), b"another key", AuditHeads(heads.path, b"another key", "calls.db", "here:calls.db"))
    noted(other, 2)
    other.keep_head()
    assert fault_by_head(other) == (1, "begun_anew", 3)


def test_a_head_that_was_added_beside_the_true_one_hides_nothing(audit: Audit, log: ListLog, heads: AuditHeads) -> None:
    """Whoever has the key, where to the second place lines can only be added."""
    noted(audit, 3)
    audit.keep_head()
    tail = START
    for place, row in enumerate(log.kept):
        log.kept[place] = linked(KEY, tail, replace(row, actor="somebody else").link)
        tail = Tail(log.kept[place].number, log.kept[place].mac)
        heads.keep(Head(5.0, tail.number, tail.mac))
    assert fault_of(audit) == (1, "rewritten")


def test_a_chain_that_was_moved_is_the_same(audit: Audit, log: ListLog, heads: AuditHeads) -> None:
    noted(audit, 3)
    audit.keep_head()
    moved = Audit(log, KEY, AuditHeads(heads.path, KEY, "calls.db", "elsewhere:calls.db"))
    assert (fault_of(moved), len(moved.verify().heads)) == (None, 2)


def test_a_lost_file_of_heads_is_told(audit: Audit, heads: AuditHeads) -> None:
    noted(audit, 3)
    audit.keep_head()
    assert fault_of(audit) is None
    heads.path.unlink()
    assert fault_of(audit) == (3, "no_heads")


def test_heads_that_were_garbled_are_counted_and_the_others_hold(audit: Audit, heads: AuditHeads, log: ListLog) -> None:
    noted(audit, 3)
    audit.keep_head()
    heads.path.write_bytes(heads.path.read_bytes() + b'{"chain": "x')
    noted(audit, 2)
    audit.keep_head()
    audit.keep_head()  # adds nothing: it is known
    verdict = audit.verify()
    assert (verdict.fault, len(verdict.heads), verdict.unreadable) == (None, 3, 1)
    del log.kept[4:]
    assert fault_of(audit) == (5, "cut")


def test_another_rulebook_is_noted_once(audit: Audit, log: ListLog) -> None:
    for rulebook in ("handbook 1", "handbook 1", "handbook 2", "handbook 1"):
        audit.note_rulebook(rulebook)
    assert [(row.action, row.object) for row in log.kept] == [
        ("rulebook.change", "handbook 1"), ("rulebook.change", "handbook 2"), ("rulebook.change", "handbook 1")
    ]  # fmt: skip


def test_an_empty_audit_is_whole(audit: Audit) -> None:
    audit.keep_head()
    assert (audit.verify().rows, fault_of(audit)) == (0, None)


def test_the_head_is_kept_once_a_day(audit: Audit, heads: AuditHeads, clock: Clock) -> None:
    noted(audit, 50)
    before = heads.read().heads
    assert [head.number for head in before] == [1]  # the first row that was kept for good
    clock.now += 90_000
    noted(audit, 2)
    assert [head.number for head in heads.read().heads] == [1, 50]


def test_a_second_place_that_refuses_is_told_and_tried_again(log: ListLog, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said: list[str] = []
    audit = Audit(
        log, KEY, AuditHeads(tmp_path / "file" / "heads", KEY, "calls.db", "here:calls.db"), said.append, clock
    )
    noted(audit, 5)
    assert len(said) == 1
    assert "head of the audit cannot be kept" in said[0]
    (tmp_path / "file").unlink()
    clock.now += 700
    noted(audit, 1)
    assert (len(log.kept), len(said), fault_of(audit)) == (6, 1, None)


def test_two_chains_may_share_the_second_place(heads: AuditHeads, log: ListLog) -> None:
    AuditHeads(heads.path, KEY, "demo.db", "here:demo.db").keep(Head(1.0, 900, "0" * 64))
    audit, other = (
        Audit(log, KEY, heads),
        Audit(ListLog(), b"x", AuditHeads(heads.path, b"x", "calls.db", "b:calls.db")),
    )
    for one in (audit, other, audit):
        noted(one, 2)
        one.keep_head()
    assert (fault_of(audit), fault_of(other)) == (None, None)


def test_a_chain_that_was_moved_is_judged_by_the_heads_it_came_with(heads: AuditHeads, log: ListLog) -> None:
    AuditHeads(heads.path, KEY, "demo.db", "here:demo.db").keep(Head(1.0, 900, "0" * 64))
    before = Audit(log, KEY, heads)
    for _ in range(2):
        noted(before, 2)
        before.keep_head()
    moved = Audit(log, KEY, AuditHeads(heads.path, KEY, "callcoach", "postgresql://host/callcoach"))
    verdict = moved.verify()
    assert (verdict.fault, verdict.is_moved, [head.number for head in verdict.heads]) == (None, True, [1, 2, 4])
    kept = log.kept.pop()
    assert fault_of(moved) == (4, "cut")
    log.kept.append(linked(KEY, Tail(3, log.kept[2].mac), replace(kept, actor="somebody else").link))
    assert fault_of(moved) == (4, "rewritten")
    log.kept[-1] = kept
    moved.keep_head()
    assert (moved.verify().fault, moved.verify().is_moved) == (None, False)


def test_key_and_heads_are_their_owners_alone(tmp_path: Path, heads: AuditHeads) -> None:
    key = read_key(tmp_path)
    assert read_key(tmp_path) == key
    assert len(key) >= 32
    heads.keep(Head(1.0, 1, "0"))
    if os.name != "nt":
        for file in (tmp_path / "audit-key", heads.path):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


@given(changes=st.sampled_from(FIELDS), place=st.integers(0, 19), remove=st.booleans(), total=st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_whatever_is_done_to_one_row_it_is_named(
    changes: dict[str, object], place: int, remove: bool, total: int
) -> None:
    log = ListLog()
    noted(Audit(log, KEY, clock=Clock()), total)
    heads = [Head(2.0, total, log.kept[-1].mac)]
    place %= total
    if remove:
        del log.kept[place]
    else:
        log.kept[place] = replace(log.kept[place], **changes)  # type: ignore[arg-type]
    found = check(log.kept, KEY, heads).fault
    assert found is not None
    assert found.number == place + 1
