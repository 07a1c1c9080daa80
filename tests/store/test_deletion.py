"""A call is deleted with all that is kept of it, or its words alone, on both databases; on SQLite no byte is left."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypinyin import lazy_pinyin
from sqlalchemy import bindparam, delete, func, insert, select, update

from pipeline.errors import CallDeleted, NotDeletable, StoreError
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.faults import StageFailed
from pipeline.events.hints import Citation, HintRaised, Severity, Span
from pipeline.events.prompts import PromptPlayed
from pipeline.events.record import Event
from pipeline.events.score import CallScored, ScoreItem, Verdict
from pipeline.events.turns import WaitRequested
from pipeline.events.words import Word, WordsHeard, WordsSuppressed
from pipeline.store.deletion import Deletion
from pipeline.store.dialects import wipe_what_is_deleted
from pipeline.store.overview import Wanted
from pipeline.store.schema import calls, deleted, missed, records, said
from pipeline.store.sql import SqlStore
from pipeline.store.sqlite_file import SqliteFile
from tests.writing import add

SAID = "那个蓝色的箱子退款九千元"
LINES = ("请稍等我去查箱子", "谢谢观看箱子频道", "箱子音乐请不要挂机", "你箱子弄错了")


def heard(at_ms: int, text: str, channel: Channel = Channel.CUSTOMER) -> WordsHeard:
    word = Word(text, at_ms, at_ms + 10, 0.9)
    return WordsHeard(at_ms + 10, channel, at_ms, at_ms + 10, text, (word,), 0, f"{text}。", otherwise=(f"{text}呀",))


def begin(call_id: str, team: str | None = None) -> CallStarted:
    facts = CallFacts(agent_id="7", team=team)
    return CallStarted(0, call_id, "2026-11-27T10:00:00+08:00", tuple(Channel), facts, "handbook", "1", "", "none")


def whole(call_id: str, text: str = SAID, team: str | None = None) -> list[Event]:
    """A call in which all kinds of events quote what was said."""
    wait, phantom, prompt, ban = LINES
    span, figure = Span(Channel.AGENT, 80, 90, ban), Span(Channel.AGENT, 10, 90, "每分钟 345 字", "345 characters/min")
    hint = HintRaised(
        90, 1, "ban", Severity.WARNING, "禁语", "换个说法", f"禁语“{ban}”", "说完", Citation("004", "不说"), 80, 90,
        (span, figure), why_en=f"Forbidden words: “{ban}”",
    )  # fmt: skip
    item = ScoreItem("ban", "禁语", "语言", Verdict.MISSED, 5, 0.0, fatal=False, evidence=(span,), note=f"“{ban}”")
    return [
        begin(call_id, team), heard(20, text), WaitRequested(50, Channel.AGENT, 30, 40, wait, None, 30_000),
        WordsSuppressed(60, Channel.AGENT, 50, 60, phantom, "phantom_line"),
        PromptPlayed(70, Channel.CUSTOMER, 60, 70, prompt, "words"), hint, CallEnded(100, "finished"),
        CallScored(100, 80.0, 0, (), (item,)),
    ]  # fmt: skip


@pytest.fixture
def store(opened: SqlStore) -> SqlStore:
    add(opened, "a", whole("a"))
    add(opened, "b", whole("b", "我们的发票还没寄到"))
    return opened


def forms(line: str) -> Iterator[bytes]:
    """A line as it may lie in a file: as text, as JSON, as pinyin, and in pairs of both."""
    pairs = [line[at : at + 2] for at in range(len(line) - 1)]
    for text in (line, " ".join(lazy_pinyin(line))):
        yield text.encode()
        yield json.dumps(text).strip('"').encode()
        yield text.encode("utf-16-le")
    yield from (pair.encode() for pair in pairs)
    yield from (f".{a}.{b}".encode() for a, b in map(lazy_pinyin, pairs))


def left(folder: Path, lines: tuple[str, ...]) -> list[str]:
    """Which lines are found, and where."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    bodies = {path.name: path.read_bytes() for path in files}
    return [
        f"{form!r} in {name}" for line in lines for form in forms(line) for name, body in bodies.items() if form in body
    ]


def test_all_of_a_call_goes_and_others_stay(store: SqlStore) -> None:
    Deletion(store.database).delete("a")
    assert store.calls() == ["b"]
    assert store.read("a") == []
    assert store.last("a") is None
    assert store.whose("a") is None
    assert store.pick(["a"], {"CallScored"}) == []
    assert store.find(Wanted(words="蓝色的箱子")) == []
    assert store.find(Wanted(words="tuikuan")) == []
    assert [row.call_id for row in store.find(Wanted(words="发票"))] == ["b"]
    assert len(store.read("b")) == len(whole("b"))
    with store.database.reading() as connection:
        number = connection.execute(select(calls.c.number)).scalar_one()
        for table in (missed, said):
            assert connection.execute(select(table.c.number)).scalars().all() == [number]
        assert connection.execute(select(deleted.c.call_id)).scalars().all() == ["a"]


def test_a_late_writer_is_told_and_begins_nothing_anew(store: SqlStore) -> None:
    owner = store.own("a")
    Deletion(store.database).delete("a")
    with pytest.raises(CallDeleted, match="call a was deleted"):
        store.append("a", owner, 9, [CallEnded(200, "finished")])
    with pytest.raises(CallDeleted):
        store.own("a")
    assert store.calls() == ["b"]


def test_what_runs_or_is_held_or_unknown_stays(store: SqlStore) -> None:
    deletion = Deletion(store.database)
    add(store, "c", [begin("c")])
    deletion.hold("a", "投诉 2026-17", "u1")
    for call_id, why in (("c", "has not ended"), ("a", "is held .投诉 2026-17")):
        for change in (deletion.delete, deletion.erase_words):
            with pytest.raises(NotDeletable, match=why):
                change(call_id)
    with pytest.raises(StoreError, match="there is no call x"):
        deletion.delete("x")
    held = deletion.held("a")
    assert held is not None
    assert (held.reason, held.actor, held.at == pytest.approx(time.time(), abs=600)) == ("投诉 2026-17", "u1", True)
    assert deletion.held("b") is None
    assert [deletion.release("a"), deletion.release("a")] == [True, False]
    deletion.delete("a")
    assert store.calls() == ["c", "b"]


def test_words_go_from_wherever_they_are_quoted_and_the_records_stay(store: SqlStore) -> None:
    before = store.read("a")
    Deletion(store.database).erase_words("a")
    after = store.read("a")
    assert [record.seq for record in after] == [record.seq for record in before]
    assert [type(record.event) for record in after] == [type(record.event) for record in before]
    with store.database.reading() as connection:
        bodies = "".join(connection.execute(select(records.c.event).where(records.c.call_id == "a")).scalars())
    assert not any(line in bodies for line in (SAID, *LINES))
    assert "345" in bodies  # a figure is no word
    words, score = after[1].event, after[-1].event
    assert isinstance(words, WordsHeard)
    assert (words.is_erased, words.start_ms) == (True, 20)
    assert isinstance(score, CallScored)
    assert (score.total, score.items[0].evidence) == (80.0, (Span(Channel.AGENT, 80, 90),))
    assert store.find(Wanted(words="箱子")) == []
    assert [row.call_id for row in store.find(Wanted(missed=("ban",)))] == ["b", "a"]


def test_what_is_kept_of_a_call_while_its_words_are_erased_loses_them_too(store: SqlStore) -> None:
    deletion = Deletion(store.database)
    prepared = deletion.erase_lines("a")
    add(store, "a", [heard(120, SAID), *whole("a")[-1:]])
    deletion.erase_words("a", prepared)
    with store.database.reading() as connection:
        bodies = "".join(connection.execute(select(records.c.event).where(records.c.call_id == "a")).scalars())
    assert not any(line in bodies for line in (SAID, *LINES))
    assert store.find(Wanted(words="箱子")) == []


def test_of_a_record_that_cannot_be_read_kind_and_time_stay(tmp_path: Path) -> None:
    store = SqlStore(tmp_path / "calls.db")
    add(store, "a", whole("a"))
    for seq, body in (
        (2, f'{{"kind":"WordsHeard","at_ms":30,"text":"{SAID}'),
        (4, f'{{"kind":"Later","at_ms":60,"x":"{SAID}"}}'),
    ):
        with store.database.writing() as connection:
            connection.execute(update(records).where(records.c.call_id == "a", records.c.seq == seq).values(event=body))
    Deletion(store.database).erase_words("a")
    unread = [record.event for record in store.read("a") if isinstance(record.event, StageFailed)]
    assert [event.at_ms for event in unread] == [0, 60]
    with store.database.reading() as connection:
        assert SAID not in "".join(connection.execute(select(records.c.event)).scalars())
    store.close()


@pytest.mark.parametrize("change", ["delete", "erase_words"])
def test_no_byte_of_what_was_said_is_left_in_any_file(tmp_path: Path, change: str) -> None:
    """Among calls that end in another order than they began, and others that were deleted before."""
    store, chance = SqlStore(tmp_path / "calls.db"), random.Random(3)
    names = [f"n{number}" for number in range(120)]
    secret, others = names[::10], [name for at, name in enumerate(names) if at % 10 and at % 3]
    owners = {name: store.own(name) for name in names}
    for name in chance.sample(names, len(names)):
        text = SAID if name in secret else "您好请问有什么可以帮您的" * chance.randint(1, 9)
        lines = [heard(20 * at, text) for at in range(1, chance.randint(2, 60))]
        events: list[Event] = whole(name) if name in secret else [begin(name), CallEnded(9_000, "finished")]
        store.append(name, owners[name], 1, [events[0], *lines, *events[1:]])
    assert left(tmp_path, (SAID,))
    deletion = Deletion(store.database)
    for name in others:
        deletion.delete(name)
    for name in secret:
        deletion.delete(name) if change == "delete" else deletion.erase_words(name)
    assert deletion.clean()
    assert left(tmp_path, (SAID, *LINES)) == []
    assert len(store.find(Wanted(words="您好"), limit=100)) == len(names) - len(secret) - len(others)
    store.close()


def test_no_term_is_left_of_the_only_call_that_was_deleted(tmp_path: Path) -> None:
    """In the index a term that was deleted stays beside the word that it is, until both are merged."""
    store, deletion = SqlStore(tmp_path / "calls.db"), Deletion(SqliteFile(tmp_path / "calls.db"))
    add(store, "a", [begin("a"), heard(20, SAID), CallEnded(40, "finished")])
    deletion.delete("a")
    assert deletion.clean()
    body = (tmp_path / "calls.db").read_bytes()
    assert [one for one in (*SAID, *lazy_pinyin(SAID)) if len(one.encode()) > 2 and one.encode() in body] == []
    store.close()


def test_no_trace_is_left_where_rows_were_moved_within_the_file(tmp_path: Path) -> None:
    """Rows that come in any order make room for each other; overwriting what is deleted does not reach their traces."""
    database, chance = SqliteFile(tmp_path / "calls.db"), random.Random(1)
    numbers = chance.sample(range(20_000), 20_000)
    rows = [
        {"number": number, "text": f"<{number:06}>" + "x" * chance.randint(1, 600), "sound": ""} for number in numbers
    ]
    gone = numbers[3_000:15_000]
    with database.writing() as connection:
        wipe_what_is_deleted(connection)
        connection.execute(insert(said), rows)
        connection.execute(delete(said).where(said.c.number == bindparam("one")), [{"one": number} for number in gone])
    database.sync(empties_log=True)
    assert database.wipe()
    found = {int(number) for number in re.findall(rb"<(\d{6})>", (tmp_path / "calls.db").read_bytes())}
    assert found == set(numbers) - set(gone)
    database.close()


def test_a_file_is_not_rewritten_under_a_running_call_or_a_reader(tmp_path: Path) -> None:
    store = SqlStore(tmp_path / "calls.db")
    deletion = Deletion(store.database)
    add(store, "a", whole("a"))
    add(store, "b", [begin("b")])
    deletion.delete("a")
    assert not deletion.clean()  # b runs
    add(store, "b", [CallEnded(40, "finished")])
    assert deletion.clean()
    store.close()


def test_on_postgres_the_program_deletes_no_records_of_a_call_that_runs_or_is_held(
    opened: SqlStore, request: pytest.FixtureRequest
) -> None:
    if "postgres" not in request.node.callspec.id:
        pytest.skip("SQLite knows no roles")
    add(opened, "a", [begin("a")])
    with opened.database.writing() as connection:
        connection.execute(select(func.callcoach_delete("a")))
    assert len(opened.read("a")) == 1
