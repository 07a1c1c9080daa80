"""Cases of the floor go with the call they tell of, and a day says how many of its calls it counts no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import update

from pipeline.people.audit import Audit
from pipeline.people.team_settings import TeamSettings
from pipeline.session.sweep import Sweep
from pipeline.store.audit import SqlAuditLog
from pipeline.store.cases import KeptCase, SqlCases
from pipeline.store.deletion import Deletion
from pipeline.store.floor_day import FloorDays
from pipeline.store.retention import DAY_S, Retention
from pipeline.store.schema import calls
from pipeline.store.sql import SqlStore
from tests.store.test_deletion import begin, left, whole
from tests.writing import add

AT = datetime.fromisoformat("2026-11-27T10:00:00+08:00").timestamp()  # when the calls begin
REASON = "已给钱女士的暖气派师傅"


def case_of(call_id: str, team: str | None = "night", since_s: float = AT, closed: bool = True) -> KeptCase:
    at = round(since_s * 1000)
    case = KeptCase(f"case of {call_id}", "7", team, call_id, "help", "critical", at, "superior", at + 9_000, "u1", at)
    return (
        replace(case, closed_at=at + 60_000, closed_because="closed", closed_by="u1", reason=REASON) if closed else case
    )


def kept(cases: SqlCases) -> list[str]:
    return [case.id for case in cases.between(0, 10**14, None)]


def began_with(store: SqlStore, cases: Sequence[KeptCase]) -> SqlCases:
    found = SqlCases(store.database)
    found.put(cases)
    return found


def test_they_go_with_their_call_and_come_back_by_no_late_word(opened: SqlStore, tmp_path: Path) -> None:
    for call_id in ("a", "b"):
        add(opened, call_id, whole(call_id, team="night"))
    cases, deletion = began_with(opened, [case_of("a"), case_of("b")]), Deletion(opened.database)
    deletion.delete("a")
    assert kept(cases) == ["case of b"]
    cases.put([case_of("a"), case_of("b")])  # what a floor had still to keep
    assert kept(cases) == ["case of b"]
    deletion.delete("b")
    assert kept(cases) == []
    assert deletion.clean()
    assert left(tmp_path, (REASON,)) == []


def test_a_day_says_how_many_calls_it_counts_no_more(opened: SqlStore) -> None:
    for call_id in ("a", "b", "c"):
        add(opened, call_id, whole(call_id, team="night"))
    deletion, days = Deletion(opened.database), FloorDays(opened.database)
    assert days.deleted(AT, AT + DAY_S, None) == 0
    deletion.delete("a")
    deletion.delete("b", is_replaced=True)  # by another that is counted
    found = {teams: days.deleted(AT, AT + DAY_S, teams) for teams in (None, ("night",), ("day",))}
    assert found == {None: 1, ("night",): 1, ("day",): 0}
    assert days.deleted(AT + 1, AT + DAY_S, None) == 0
    assert [one.calls for one in days.counted(AT, AT + DAY_S, None)] == [1]


def test_those_of_calls_that_never_came_go_after_the_days_of_their_team(opened: SqlStore) -> None:
    add(opened, "kept", whole("kept", team="night"))
    add(opened, "runs", [begin("runs", "night")])
    days = {"night": TeamSettings(retention_audio_days=10, retention_words_days=20, retention_records_days=30)}
    sweep = Sweep(
        Retention(opened.database), Deletion(opened.database), Audit(SqlAuditLog(opened.database), b"of the tests"),
        lambda team: days.get(team or "", TeamSettings()), None,
    )  # fmt: skip
    now_s = datetime.now().timestamp()
    old, new = now_s - 40 * DAY_S, now_s - 20 * DAY_S
    cases = began_with(opened, [
        case_of("never, old", since_s=old), case_of("never, new", since_s=new), case_of("kept", since_s=old),
        case_of("runs", since_s=old), case_of("open", since_s=old, closed=False), case_of("longer", "other", old),
        case_of("of no team", None, old),
    ])  # fmt: skip
    sweep.run()
    stay = {f"case of {name}" for name in ("never, new", "kept", "runs", "open", "longer", "of no team")}
    assert set(kept(cases)) == stay
    with opened.database.writing() as connection:
        changed = update(calls).where(calls.c.call_id == "kept")
        connection.execute(changed.values(kept_at=calls.c.kept_at - 35 * DAY_S))
    sweep.run()
    assert set(kept(cases)) == stay - {"case of kept"}
