"""What was written at any version of a kind is read today, and no kind changes without a new version.

golden.jsonl has a line for every version that any kind ever had; lines are added by `python -m scripts.golden_events`
and what was `written` is never edited: databases hold it (docs/records.md).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.codec import EVENT_TYPES, VERSIONS, event_from_json, event_to_dict, from_json
from pipeline.events import upcasting
from pipeline.events.call import CallEnded, ClockTicked
from pipeline.events.upcasting import FORMER_NAMES, UPCASTERS, NewerEvent, upcast
from scripts.golden_events import TARGET, fields_of

GOLDEN: list[dict[str, Any]] = [json.loads(line) for line in TARGET.read_text(encoding="utf-8").splitlines()]
PRESENT = {line["kind"]: FORMER_NAMES.get(line["kind"], line["kind"]) for line in GOLDEN}
TODAYS = {line["kind"]: line for line in GOLDEN if line["version"] == VERSIONS[PRESENT[line["kind"]]]}
HOW = "add an upcaster to pipeline/events/upcasting.py, then run python -m scripts.golden_events (docs/records.md)"


def test_every_version_of_every_kind_has_its_line() -> None:
    wanted = {(kind, version) for kind in EVENT_TYPES for version in range(1, VERSIONS[kind] + 1)}
    assert [(PRESENT[line["kind"]], line["version"]) for line in GOLDEN] == sorted(
        wanted, key=lambda one: (list(VERSIONS).index(one[0]), one[1])
    )


@pytest.mark.parametrize("line", GOLDEN, ids=lambda line: f"{line['kind']}-{line['version']}")
def test_what_was_written_at_any_version_is_read(line: dict[str, Any]) -> None:
    written = line["written"]
    assert written.get("version", 1) == line["version"]
    assert list(written) == [*(key for key in ("kind", "version") if key in written), *line["fields"]]
    event = event_from_json(json.dumps(written))
    assert event_to_dict(event) == line["today"]
    assert event_from_json(json.dumps(dict(reversed(written.items())))) == event  # whatever the order
    assert event_from_json(json.dumps(written).encode()) == event
    for record in ({"call_id": "a", "seq": 1, "event": written}, {"event": written, "seq": 1, "call_id": '"event":'}):
        assert from_json(json.dumps(record, separators=(",", ":"))).event == event


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_a_kind_does_not_change_without_a_new_version(kind: str) -> None:
    line = TODAYS[kind]
    assert fields_of(EVENT_TYPES[kind]) == line["fields"], f"the fields of {kind} have changed: {HOW}"
    assert line["today"] == line["written"], f"{kind} is written in another way than before: {HOW}"


def test_every_upcaster_is_of_a_kind_there_is() -> None:
    assert set(UPCASTERS) <= set(EVENT_TYPES)


def test_who_caused_a_record_of_before_is_not_known() -> None:
    assert event_from_json('{"kind":"CallEnded","at_ms":40,"reason":"finished"}') == CallEnded(40, "finished", None)


def test_upcasters_go_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = tuple(lambda fields, n=n: {**fields, f"v{n}": fields["a"] + n} for n in (2, 3, 4))
    monkeypatch.setitem(upcasting.UPCASTERS, "Turned", steps)
    assert upcast("Turned", 1, {"a": 1}) == {"a": 1, "v2": 3, "v3": 4, "v4": 5}
    assert upcast("Turned", 3, {"a": 1}) == {"a": 1, "v4": 5}
    assert upcast("Turned", 4, {"a": 1}) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"kind":"ClockTicked","version":2,"at_ms":20}', "version 2 of ClockTicked"),
        ('{"at_ms":20,"version":2,"kind":"ClockTicked"}', "version 2 of ClockTicked"),
        ('{"kind":"CallEnded","version":99,"at_ms":20,"reason":"finished"}', "reads up to version 2"),
        ('{"kind":"MoodGuessed","at_ms":20}', "kind 'MoodGuessed'"),
    ],
)
def test_what_only_a_newer_callcoach_knows_is_said_so(text: str, said: str) -> None:
    with pytest.raises(NewerEvent, match=said):
        event_from_json(text)
    with pytest.raises(NewerEvent, match=said):
        from_json(f'{{"call_id":"a","seq":1,"event":{text}}}')


@pytest.mark.parametrize("version", ["0", "-1", '"2"', "null", "1.0", "true", "[]", "9" * 5_000])
def test_a_version_that_is_none_is_damage(version: str) -> None:
    with pytest.raises(ValueError, match="not an event") as refused:
        event_from_json(f'{{"kind":"CallEnded","version":{version},"at_ms":20,"reason":"finished"}}')
    assert not isinstance(refused.value, NewerEvent)


def test_an_upcaster_that_meets_nonsense_is_damage_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(upcasting.UPCASTERS, "CallEnded", (lambda fields: {**fields, "actor": fields["by"]["name"]},))
    for by in ("", ',"by":7', ',"by":{}'):
        with pytest.raises(ValueError, match="not an event"):
            event_from_json(f'{{"kind":"CallEnded","at_ms":20,"reason":"finished"{by}}}')


def test_a_text_that_speaks_of_versions_is_no_version() -> None:
    text = '{"kind":"StageFailed","at_ms":20,"stage":"asr","reason":"\\"version\\":7","cause":""}'
    assert event_from_json(text).at_ms == 20
    assert event_from_json('{"kind":"ClockTicked","at_ms":20}') == ClockTicked(20)
