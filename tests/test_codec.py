"""Every event survives JSON and back, and anything else is refused."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipeline.codec import (
    EVENT_TYPES,
    VERSIONS,
    brief_from_json,
    event_from_json,
    event_to_json,
    from_json,
    json_schema,
    record_to_dict,
    to_json,
)
from pipeline.events.call import ClockTicked
from pipeline.events.channels import Channel
from pipeline.events.faults import StageFailed
from pipeline.events.measures import LevelMeasured
from pipeline.events.record import Record
from pipeline.events.turns import SilenceEnded, SilenceKind, TurnEnded
from pipeline.events.words import WordsHeard

st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
st.register_type_strategy(str, st.text(CHARACTERS, max_size=8))
events = st.one_of([st.from_type(cls) for cls in EVENT_TYPES.values()])
records = st.builds(Record, st.text(CHARACTERS, min_size=1), st.none() | st.integers(1), events)


def heads(kind: str) -> int:
    """Keys besides the fields: `kind`, and `version` from the second on."""
    return 1 if VERSIONS[kind] == 1 else 2


@given(records)
def test_any_record_comes_back_as_it_was(record: Record) -> None:
    text = to_json(record)
    assert "\n" not in text
    assert from_json(text) == record
    assert event_from_json(event_to_json(record.event)) == record.event
    fields = json.loads(text)
    assert fields == record_to_dict(record)
    assert fields["event"]["kind"] == type(record.event).__name__
    assert len(fields["event"]) == len(dataclasses.fields(record.event)) + heads(type(record.event).__name__)


@given(events)
def test_in_brief_a_line_is_the_same_without_its_single_words(event: Any) -> None:
    brief = dataclasses.replace(event, words=()) if isinstance(event, WordsHeard) else event
    assert brief_from_json(event_to_json(event)) == brief


def test_a_line_of_an_earlier_version_or_damaged_is_in_brief_what_it_is_in_full() -> None:
    fields = json.loads(event_to_json(WordsHeard(9, Channel.AGENT, 0, 8, "退款", (), 1)))
    earlier = {
        "kind": "WordsHeard",
        **{name: fields[name] for name in list(fields)[2:] if name not in ("is_erased", "otherwise")},
    }
    assert brief_from_json(json.dumps({**earlier, "version": 2})) == event_from_json(
        json.dumps({**earlier, "version": 2})
    )
    with pytest.raises(ValueError, match="start_ms"):
        brief_from_json(json.dumps({**fields, "start_ms": "soon"}))


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_schema_knows_every_event_and_all_its_fields(name: str) -> None:
    definition = json_schema()["$defs"][name]
    assert definition["properties"]["kind"] == {"const": name}
    assert len(definition["required"]) == len(dataclasses.fields(EVENT_TYPES[name])) + heads(name)


def test_enums_are_strings_and_the_kind_of_a_silence_has_its_own_name() -> None:
    ended = SilenceEnded(40, 0, 40, SilenceKind.ANNOUNCED)
    assert json.loads(event_to_json(ended)) == {
        "kind": "SilenceEnded",
        "at_ms": 40,
        "start_ms": 0,
        "end_ms": 40,
        "silence": "announced",
    }


def test_chinese_stays_readable() -> None:
    assert "您好" in to_json(Record("您好", 1, ClockTicked(20)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "Nonsense"}, "Nonsense"),
        ({"at_ms": "40"}, "at_ms"),
        ({"at_ms": 40.5}, "at_ms"),
        ({"channel": "nobody"}, "channel"),
        ({"channel": None}, "channel"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], said: str) -> None:
    fields = json.loads(event_to_json(TurnEnded(40, Channel.AGENT, 0, 40))) | change
    with pytest.raises(ValueError, match=said):
        event_from_json(json.dumps(fields))


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", '{"call_id": "a", "seq": 1, "event": {}}'])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a record"):
        from_json(text)


@pytest.mark.parametrize("said", ["a\0b", "\0\0", r"\u0000", "\\\0", "\\\\\0", '"\0"'])
def test_nul_is_another_character_written_and_read(said: str) -> None:
    """Which PostgreSQL has in no text. The letters u0000 behind a backslash are letters."""
    without = StageFailed(0, "record", said.replace("\0", "\ufffd"))
    assert event_from_json(event_to_json(StageFailed(0, "record", said))) == without
    written = json.dumps({"kind": "StageFailed", "at_ms": 0, "stage": "record", "reason": said})
    assert event_from_json(written) == event_from_json(written.encode()) == without
    assert from_json(f'{{"call_id":"c","seq":1,"event":{written}}}').event == without


def test_an_unknown_field_of_a_newer_version_is_left_out() -> None:
    assert event_from_json('{"kind": "ClockTicked", "at_ms": 20, "new": 1}') == ClockTicked(20)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_json_cannot_carry_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="LevelMeasured"):
        event_to_json(LevelMeasured(20, Channel.AGENT, 0, 20, number, None, 0.0))
