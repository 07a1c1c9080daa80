"""What people have said of a call goes out and comes in with it, and nothing of it is believed."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from pipeline.errors import StoreError
from pipeline.events.channels import Channel
from pipeline.events.hints import Span
from pipeline.events.score import CallScored, Verdict
from pipeline.people.permissions import Role
from pipeline.reviews.entries import Act, Commented, ItemAppealed, ReviewFinished, Undone, VerdictGiven
from pipeline.reviews.keeping import outline_of
from pipeline.reviews.review import fold
from pipeline.store.deletion import Deletion
from pipeline.store.overview import Wanted
from pipeline.store.reviews import SqlReviews
from pipeline.store.schema import calls
from pipeline.transfer.call_zip import MANIFEST
from pipeline.transfer.exporting import leaving, masked
from pipeline.transfer.importing import Imported
from tests.kept import CALL, OTHER, Kept, Make
from tests.masking.test_view import NUMBER
from tests.store.test_erasing import told
from tests.transfer.test_brought import packed, summed
from tests.transfer.test_calls import into, out
from tests.writing import add

SPAN = Span(Channel.AGENT, 800, 6_000, "您好")


def review(kept: Kept, call_id: str = CALL) -> SqlReviews:
    """With a fault that people find, an appeal, and something taken back."""
    said = SqlReviews(kept.store.database)
    card = _card(kept, call_id)
    (missed,) = [one.rule for one in card.items if one.verdict is Verdict.MISSED]
    other = next(one.rule for one in card.items if one.verdict is Verdict.MET)
    acts: list[tuple[str, Role, Act]] = [
        ("xu", Role.QA, VerdictGiven(missed, Verdict.MISSED)),
        ("xu", Role.QA, VerdictGiven(other, Verdict.NOT_APPLICABLE, "没有这样的情况\u2028")),
        ("xu", Role.QA, Commented("听一下\\这里\u0000", SPAN)),
        ("xu", Role.QA, Undone(3)),
        ("xu", Role.QA, ReviewFinished(said.now() + 86_400)),
        ("lin", Role.AGENT, ItemAppealed(missed, Verdict.MET, "我说了", (SPAN,))),
    ]
    for actor, role, act in acts:
        said.add(call_id, actor, role, act)
    said.outline(call_id, outline_of(fold(said.entries(call_id), card, said.now())))
    return said


def _card(kept: Kept, call_id: str) -> CallScored:
    return [r.event for r in kept.store.read(call_id) if isinstance(r.event, CallScored)][-1]


def _row(kept: Kept, call_id: str = CALL) -> tuple[object, ...]:
    of = calls.c
    wanted = select(of.review_stage, of.review_total, of.reviewer, of.answer_until, of.comments_unseen)
    with kept.store.database.reading() as connection:
        return tuple(connection.execute(wanted.where(of.call_id == call_id)).one())


def test_it_is_the_same_on_the_other_database(filled: Kept, target: Kept, tmp_path: Path) -> None:
    before = review(filled).entries(CALL)
    path = out(filled, tmp_path / "calls.zip")
    with zipfile.ZipFile(path) as archive:
        assert f"{CALL}/reviews.jsonl" in archive.namelist()
        assert f"{OTHER}/reviews.jsonl" not in archive.namelist()
    assert into(target, path) == Imported([CALL, OTHER])
    assert SqlReviews(target.store.database).entries(CALL) == before
    assert SqlReviews(target.store.database).entries(OTHER) == []
    assert _row(target) == _row(filled)
    assert _row(target)[:3] == ("to_check", target.store.find(Wanted(call_ids=(CALL,)))[0].review_total, "xu")
    assert out(target, tmp_path / "again.zip").read_bytes() == path.read_bytes()
    assert into(target, path) == Imported([], [CALL, OTHER])


def test_what_was_said_here_since_stays_and_another_review_is_refused(
    new_file: Make,
    target: Kept,
    tmp_path: Path,
) -> None:
    source = new_file("full")
    source.fill()
    into(target, out(source, tmp_path / "bare.zip"))
    said = review(source)
    path = out(source, tmp_path / "calls.zip")
    with pytest.raises(StoreError, match=f"{CALL} has another review than the call of this id that is kept here"):
        into(target, path)
    assert SqlReviews(target.store.database).entries(CALL) == []
    more = said.add(CALL, "wang", Role.LEAD, Commented("看过了"))
    assert into(source, path) == into(source, tmp_path / "bare.zip") == Imported([], [CALL, OTHER])
    assert said.entries(CALL)[-1] == more


def test_a_call_that_was_deleted_takes_its_review_along(filled: Kept, tmp_path: Path) -> None:
    said = review(filled)
    path = out(filled, tmp_path / "calls.zip")
    Deletion(filled.store.database).delete(CALL)
    with pytest.raises(StoreError, match=f"{CALL} does not come back"):
        into(filled, path)
    assert said.entries(CALL) == []


def test_texts_are_masked_whatever_the_zip_says(new_file: Make, target: Kept, tmp_path: Path) -> None:
    kept = new_file("full")
    add(kept.store, "a", told("a"))
    said = SqlReviews(kept.store.database)
    said.add("a", "xu", Role.QA, Commented(f"他说 {NUMBER}", Span(Channel.CUSTOMER, 0, 1_000, NUMBER)))  # as by hand
    into(target, out(kept, tmp_path / "calls.zip", "a"))
    (entry,) = SqlReviews(target.store.database).entries("a")
    assert NUMBER not in repr(entry)
    assert entry.actor == "xu"
    again = out(target, tmp_path / "again.zip", "a")
    fresh = new_file("fresh")
    into(fresh, again)
    assert SqlReviews(fresh.store.database).entries("a") == [entry]
    assert NUMBER not in repr(masked(leaving(kept.store, kept.folder, "a")).reviews)


def _changed(change: Callable[[dict], object], at: int = 0) -> Callable[[bytes], bytes]:  # type: ignore[type-arg]
    def changed(lines: bytes) -> bytes:
        entries = lines.splitlines(keepends=True)
        entry = json.loads(entries[at])
        change(entry)
        entries[at] = json.dumps(entry).encode() + b"\n"
        return b"".join(entries)

    return changed


BAD: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a gap": (lambda lines: b"".join(lines.splitlines(keepends=True)[1:]), "line 1 .*: it has the number 2"),
    "no JSON": (lambda lines: b"{\n" + lines, "line 1 is no entry of a review"),
    "nested": (lambda lines: b"[" * 100_000, "line 1 is no entry of a review"),
    "no number": (_changed(lambda e: e.update(at=float("nan"))), "the number NaN is out of range"),
    "beyond all clocks": (_changed(lambda e: e.update(at=8e9)), "the number 8000000000.0 is out of range"),
    "nobody": (_changed(lambda e: e.update(actor="")), "actor is empty"),
    "no such role": (_changed(lambda e: e.update(role="king")), "role"),
    "another kind": (_changed(lambda e: e["act"].update(kind="praised")), "line 1 is no entry"),
    "a long text": (_changed(lambda e: e["act"].update(reason="长" * 1_001)), "reason has more than 1,000"),
    "no such rule": (_changed(lambda e: e["act"].update(rule="king")), "line 1 is of the rule .king., which is on no"),
    "no reason": (_changed(lambda e: e["act"].update(reason=" "), 5), "line 6 .*: reason is empty"),
    "no text": (_changed(lambda e: e["act"].update(text="\u200b"), 2), "line 3 .*: text is empty"),
    "a long quote": (_changed(lambda e: e["act"]["span"].update(quote="长" * 1_001), 2), "a quote has more than 1,000"),
    "something more": (_changed(lambda e: e["act"].update(more=1)), "line 1 is no entry"),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_what_could_not_be_said_here_is_refused_by_its_line(new_file: Make, tmp_path: Path, bad: str) -> None:
    kept, spoil = new_file("full"), BAD[bad]
    kept.fill()
    review(kept)
    with zipfile.ZipFile(out(kept, tmp_path / "good.zip")) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = f"{CALL}/reviews.jsonl"
    path = packed(tmp_path / "bad.zip", summed(files | {name: spoil[0](files[name])}))
    empty = new_file("empty")
    with pytest.raises(StoreError, match=spoil[1]):
        into(empty, path)
    assert empty.store.position() == 0


def test_a_zip_of_before_is_taken(new_file: Make, tmp_path: Path) -> None:
    kept = new_file("full")
    kept.fill()
    with zipfile.ZipFile(out(kept, tmp_path / "good.zip")) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files[MANIFEST] = files[MANIFEST].replace(b'"format": 2', b'"format": 1')
    assert into(new_file("empty"), packed(tmp_path / "old.zip", files)).new == [CALL, OTHER]


def test_a_damaged_entry_does_not_go_out(new_file: Make, tmp_path: Path) -> None:
    kept = new_file("full")
    kept.fill()
    review(kept)
    with kept.store.database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER reviews_refuse_update")
        connection.exec_driver_sql("UPDATE reviews SET act = '{' WHERE number = 2")
    with pytest.raises(StoreError, match="cannot be exported whole: an entry of its review is damaged"):
        out(kept, tmp_path / "new.zip")


def test_a_new_card_makes_a_new_total_by_people(filled: Kept) -> None:
    """In one transaction with it: whoever lists calls never sees the one without the other."""
    said = review(filled)
    card = _card(filled, CALL)
    before = _row(filled)
    with filled.store.database.writing() as connection:  # as the entry before the card would have left it
        connection.execute(update(calls).where(calls.c.call_id == CALL).values(review_total=1.0))
    items = tuple(
        replace(one, verdict=Verdict.MISSED, points=0.0) if one.verdict is Verdict.MET and not one.is_ban else one
        for one in card.items
    )
    newer = replace(card, items=items, at_ms=card.at_ms + 1)
    last = filled.store.last(CALL)
    assert last is not None
    assert last.seq is not None
    filled.store.append(CALL, filled.store.own(CALL), last.seq + 1, [newer])
    after = _row(filled)
    wanted = outline_of(fold(said.entries(CALL), newer, said.now()))
    assert after[1] == wanted.total
    assert after[1] not in (before[1], 1.0)
    assert after[0] == before[0]


def test_a_call_of_which_nobody_said_anything_has_no_total(filled: Kept) -> None:
    assert _row(filled, OTHER) == (None, None, None, None, None)
