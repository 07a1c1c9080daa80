"""A history without what is superseded makes the very view that the whole one makes, in reduce.ts itself."""

from __future__ import annotations

import dataclasses
import json
import random
import subprocess
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st
from starlette.testclient import TestClient

from pipeline.codec import EVENT_TYPES, event_to_json, record_to_dict
from pipeline.errors import StoreError
from pipeline.events.call import CallEnded
from pipeline.events.channels import Channel
from pipeline.events.help import HelpAsked, HelpReceived, HelpTaken, ListenStarted, WhisperSeen, WhisperSent
from pipeline.events.hints import HintRaised
from pipeline.events.record import Event, Record
from pipeline.events.upcasting import FORMER_NAMES
from pipeline.folders import bundled
from pipeline.store.condensed import LAST_OF_CHANNEL, LOOKED_AT, MOST, RULES, Head, Most, condense
from pipeline.store.sql import SqlStore
from tests.conftest import Hear
from tests.heartbeats import heard, heartbeats
from tests.long_call import long_call
from tests.server.conftest import ADDRESS, Centre, hint, page_of, started, turn
from tests.sound import ROOT
from tests.writing import add

FEW = Most(lines=6, hints=3, suppressed=2, spans=4)
DISPLAY_ONLY = {"WordsGuessed", "ClockTicked"}
CALL = "call"


def test_every_kind_of_event_is_decided() -> None:
    assert set(RULES) == {*EVENT_TYPES, *FORMER_NAMES}, (
        "condensed.RULES must say what a late page needs of every kind of event"
    )


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """reduce.ts, view.ts and what a page keeps as one file that Node can import."""
    dashboard, folder = ROOT / "dashboard", tmp_path_factory.mktemp("bundle")
    entry = folder / "entry.ts"
    sources = [dashboard / "src" / name for name in ("call/reduce", "call/view", "api/socket")]
    entry.write_text("".join(f"export * from {json.dumps(str(source))}\n" for source in sources), encoding="utf-8")
    command = [dashboard / "node_modules" / ".bin" / "esbuild", entry, "--bundle", "--format=esm"]
    bundled = folder / "views.mjs"
    subprocess.run([*command, f"--outfile={bundled}", "--log-level=error"], check=True, timeout=60)
    return bundled


Story = tuple[Sequence[Event], Sequence[tuple[int, int]]]
"""Events, and cuts: after how many of them a page was cut off, and at how many it came back."""


def different(bundle: Path, stories: Sequence[Story], most: Most = MOST) -> list[Any]:
    """What differs between the view of all records and that of the condensed ones."""
    given_stories = []
    for events, cuts in stories:
        records = [Record(CALL, seq, event) for seq, event in enumerate(events, start=1)]
        heads = [head(record) for record in records]
        told = []
        for cut, end in cuts:
            found = condense(heads[cut:end], most)
            left_out = {"lines": found.lines, "hints": found.hints, "suppressed": found.suppressed}
            told.append({"cut": cut, "end": end, "seqs": found.seqs, "left_out": left_out})
        given_stories.append({"records": [record_to_dict(record) for record in records], "cuts": told})
    text = json.dumps({"call": CALL, "most": dataclasses.asdict(most), "stories": given_stories})
    command = ["node", Path(__file__).with_name("views.mjs"), bundle]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=120)
    return list(json.loads(done.stdout))


def head(record: Record) -> Head:
    return Head(record.seq or 0, type(record.event).__name__, event_to_json(record.event))


st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(str, st.sampled_from(["", "asr", "store", '"', '\\"heard\\":\\"idle', "您好"]))
ONE = st.one_of([st.from_type(cls) for name, cls in EVENT_TYPES.items() if name not in DISPLAY_ONLY])


def in_order(events: list[Event], chance: random.Random) -> list[Event]:
    """Times that never fall and hints numbered as a call numbers them; everything else stays nonsense."""
    told: list[Event] = []
    now = hints = 0
    for event in events:
        now += 20 * chance.randint(0, 50)
        change: dict[str, Any] = {"at_ms": now}
        names = {field.name for field in dataclasses.fields(event)}
        if {"start_ms", "end_ms"} <= names:  # words come late, and not in the order in which they were spoken
            change |= {"start_ms": max(0, now - 20 * chance.randint(1, 90)), "end_ms": now}
        if isinstance(event, HintRaised):
            hints += 1
            change["hint"] = hints
        elif "hint" in names:
            change["hint"] = chance.randint(max(0, hints - 4), hints)
        told.append(dataclasses.replace(event, **change))
    return told


def random_stories(count: int, number: int) -> list[Story]:
    """Made by Hypothesis' strategies, so that no field is forgotten, but compared by one call of Node."""
    stories: list[Story] = []

    @seed(number)
    @settings(max_examples=count, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.lists(ONE, min_size=1, max_size=60), st.randoms(use_true_random=False))
    def make(events: list[Event], chance: random.Random) -> None:
        cut = chance.randint(0, len(events) - 1)
        stories.append((in_order(events, chance), [(0, len(events)), (cut, len(events))]))

    make()
    return stories


def test_random_stories_give_the_same_view(bundle: Path) -> None:
    stories = random_stories(220, 11)
    assert len(stories) > 200
    assert different(bundle, stories, FEW) == []


def test_a_long_call_gives_the_same_view(bundle: Path) -> None:
    events, most = list(chain.from_iterable(long_call(CALL, 0.4))), Most(lines=100, hints=10, suppressed=4, spans=20)
    assert different(bundle, [(events, [(cut, len(events)) for cut in (0, 3_000, len(events) - 40)])], most) == []
    found = condense((head(Record(CALL, seq, event)) for seq, event in enumerate(events, start=1)), most)
    assert found.lines > 100
    assert found.hints > 10
    assert len(found.seqs) < len(events) / 30


def test_the_demo_call_gives_the_same_view_at_every_cut(bundle: Path, hear: Hear) -> None:
    events = hear(bundled("demo", "call.opus"))
    kept = [event for event in events if type(event).__name__ not in DISPLAY_ONLY]
    assert any(isinstance(event, HintRaised) for event in kept)
    cuts = [(cut, len(kept)) for cut in range(0, len(kept), 3)] + [(0, end) for end in range(1, len(kept), 9)]
    assert different(bundle, [(kept, cuts)]) == []


def test_the_store_leaves_out_only_what_condensing_would(tmp_path: Path) -> None:
    store = SqlStore(tmp_path / "calls.db")
    nonsense = [event for story, _ in random_stories(40, 3) for event in story]
    of_both = [event for event in nonsense if getattr(event, "channel", Channel.AGENT) is not Channel.MIXED]
    records = add(store, CALL, [*chain.from_iterable(long_call(CALL, 0.2)), *of_both])
    add(store, "another", [turn(20)])
    for after in (0, len(records) // 2, len(records) - 1):
        rest = [head(record) for record in records[after:]]
        some = store.heads(CALL, after)
        assert condense(some) == condense(rest)
        dense = [one for one in some[:-1] if one.kind in LAST_OF_CHANNEL]
        assert len(dense) <= 3 * len(LAST_OF_CHANNEL)
        assert {one.kind for one in some[:-1]} <= LOOKED_AT | LAST_OF_CHANNEL
    assert store.take(CALL, [3, 1]) == [records[0], records[2]]


def told(centre: Centre, query: str, count: int) -> list[Any]:
    address = f"ws://127.0.0.1:8000/ws/calls/{CALL}?{query}"
    with (
        TestClient(centre.app, base_url=ADDRESS, headers=page_of(centre)) as client,
        client.websocket_connect(address) as socket,
    ):
        return heard(socket, count)


def test_a_page_gets_what_still_matters_and_then_news(centre: Centre) -> None:
    call = centre.call(CALL)
    for at_ms in range(20, 4_000, 20):
        call.feed([turn(at_ms)])
    call.feed([hint(4_000, 1)])
    last = call.records[-1].seq
    assert last is not None
    [first] = told(centre, "condensed=true", 1)
    assert first == {
        "type": "condensed",
        "seq": last,
        "left_out": {"lines": 0, "hints": 0, "suppressed": 0},
        "records": [record_to_dict(call.records[at]) for at in (0, -2, -1)],
    }
    assert told(centre, f"condensed=true&after={last - 1}", 1)[0]["records"] == [record_to_dict(call.records[-1])]
    assert told(centre, f"condensed=true&after={last}", 1)[0]["records"] == []
    assert told(centre, f"condensed=true&after={last + 5}", 1) == [first]  # of another database


def test_a_page_opened_late_knows_of_help_sentences_and_who_listens(centre: Centre) -> None:
    call = centre.call(CALL)
    floor = [
        HelpAsked(20, "superior", "a"), HelpReceived(20, ("王敏", "刘洋")), ListenStarted(20, "王敏", "u"),
        WhisperSent(20, "w1", "先别承诺赔偿", "王敏", "u"), WhisperSent(20, "w2", "师傅今晚可到", "王敏", "u"),
        WhisperSeen(20, "w1", "a"), HelpTaken(20, "王敏", "u"),
    ]  # fmt: skip
    call.feed(floor)
    call.feed([turn(at_ms) for at_ms in range(40, 4_000, 20)])
    [past] = told(centre, "condensed=true", 1)
    assert past["records"][1:-1] == [record_to_dict(record) for record in call.records[1 : len(floor) + 1]]


def test_nothing_is_missed_or_told_twice_between_the_past_and_the_news(centre: Centre) -> None:
    call = centre.call(CALL)
    call.feed([hint(20, 1)])
    address = f"ws://127.0.0.1:8000/ws/calls/{CALL}?condensed=true"
    with (
        TestClient(centre.app, base_url=ADDRESS, headers=page_of(centre)) as client,
        client.websocket_connect(address) as socket,
    ):
        [past] = heard(socket, 1)
        for at_ms in range(40, 200, 20):
            call.feed([turn(at_ms)])
        news = heard(socket, 8)
    assert [record["seq"] for record in [*past["records"], *news]] == [record.seq for record in call.records]


def test_a_line_with_nothing_to_say_is_told_alive_and_others_hear_only_records(centre: Centre) -> None:
    centre.finished_call(CALL, [turn(20)])
    address = f"ws://127.0.0.1:8000/ws/calls/{CALL}?condensed=true"
    with (
        TestClient(centre.app, base_url=ADDRESS, headers=page_of(centre)) as client,
        client.websocket_connect(address) as socket,
    ):
        heartbeats(socket, 2)
    assert "event" in told(centre, "after=0", 1)[0]


def test_what_the_store_has_refused_is_there_too(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    call = centre.call(CALL)
    call.feed([turn(20)])

    def refuse(*_: object, **__: object) -> list[Record]:
        raise StoreError("disk full")

    monkeypatch.setattr(centre.store, "append", refuse)
    call.feed([turn(40)])
    call.feed([hint(60, 1)])
    [past] = told(centre, "condensed=true", 1)
    kinds = [record["event"]["kind"] for record in past["records"]]
    assert kinds == ["CallStarted", "TurnStarted", "StageFailed", "HintRaised"]
    assert past["seq"] == past["records"][-1]["seq"] == 5


def test_a_call_that_never_was_has_nothing_to_condense() -> None:
    assert condense([]).seqs == ()
    assert condense([head(Record(CALL, 1, started(CALL))), head(Record(CALL, 2, CallEnded(9, "finished")))]).seqs == (
        1,
        2,
    )
