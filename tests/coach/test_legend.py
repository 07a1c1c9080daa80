"""What a page is told of the rulebook: the meter's band is the rule's, and English has no Chinese but what is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.coach.conditions.table import KINDS
from pipeline.coach.rulebook.legend import legend
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rulebook, Scoring
from pipeline.coach.wording import Checked, placeholders
from pipeline.codec import event_from_json
from pipeline.events.call import CallStarted
from pipeline.events.hints import HintRaised
from pipeline.events.legend import LevelBand, PaceBand, PitchBand
from pipeline.folders import bundled

HANDBOOK = bundled("rules", "handbook.yaml")
HAN = re.compile(r"[\u2e80-\u9fff]")


def test_the_bands_are_those_of_the_rules() -> None:
    shown = legend(load_rulebook(HANDBOOK), 5_000, 15_000)
    assert (shown.pace, shown.pitch) == (PaceBand(120, 180, 150), PitchBand(0.6, 1.2))
    assert shown.level == LevelBand(-32, -12, 0.01)
    assert [(phase.id, phase.is_usual) for phase in shown.phases] == [
        ("opening", True), ("body", True), ("hold", False), ("complaint", False), ("closing", True),
    ]  # fmt: skip
    assert [step.title for step in shown.steps] == ["开场语", "再问一次", "致歉道别", "可挂机"]
    assert (shown.both_limit_ms, shown.agent_limit_ms) == (5_000, 15_000)


def test_the_band_of_a_team_is_the_band_of_its_meter(tmp_path: Path) -> None:
    text = HANDBOOK.read_text(encoding="utf-8").replace("band: [120, 180]", "band: [200, 260]")
    file = tmp_path / "team.yaml"
    file.write_text(text, encoding="utf-8")
    assert legend(load_rulebook(file), 5_000, 15_000).pace == PaceBand(200, 260, 150)


def test_what_a_rulebook_does_not_say_is_not_shown() -> None:
    book = load_rulebook(HANDBOOK)
    rules = tuple(r.model_copy(update={"phases": ()}) for r in book.rules if r.id == "no-interrupt")
    bare = Rulebook(id="bare", version="1", acts=book.acts, rules=rules)
    shown = legend(bare, 5_000, 15_000)
    assert (shown.phases, shown.steps, shown.pace, shown.pitch, shown.level, shown.come_back) == (
        (), (), None, None, None, "",
    )  # fmt: skip
    assert [group.title for group in shown.groups] == ["倾听"]


def test_the_handbook_says_everything_in_english_but_words_to_say() -> None:
    book = load_rulebook(HANDBOOK)
    shown = legend(book, 5_000, 15_000)
    english = [one.title_en for one in (*shown.phases, *shown.steps, *shown.groups)]
    for rule in book.rules:
        assert rule.en is not None
        english += [rule.en.title, rule.en.why, rule.en.clears_when]
    assert [text for text in english if not text or HAN.search(text)] == []


@pytest.mark.parametrize("schema", [*(kind.schema for kind in KINDS), Scoring], ids=lambda schema: schema.__name__)
def test_whatever_the_coach_notes_by_itself_it_says_in_english_too(schema: type[Checked]) -> None:
    texts = {name: field.default for name, field in schema.model_fields.items() if isinstance(field.default, str)}
    for name in [name for name, text in texts.items() if HAN.search(text)]:
        assert not HAN.search(texts[f"{name}_en"])
        assert placeholders(texts[f"{name}_en"]) <= placeholders(texts[name]) | {"seconds"}


def test_records_of_before_are_shown_as_they_were() -> None:
    started = event_from_json(
        '{"kind":"CallStarted","version":2,"at_ms":0,"call_id":"a","started_at":"","channels":["agent"],"facts":{},'
        '"rulebook_id":"handbook","rulebook_version":"1","settings_hash":"","engine":"none","engine_notice":"",'
        '"notices":[],"actor":null}'
    )
    assert isinstance(started, CallStarted)
    before, now = started.legend, legend(load_rulebook(HANDBOOK), 5_000, 15_000)
    assert (before.pace, before.pitch, before.level, before.phases) == (now.pace, now.pitch, now.level, now.phases)


def test_a_silence_of_before_goes_on_counting() -> None:
    old = (
        '{"kind":"HintRaised","at_ms":20,"hint":1,"rule":"%s","severity":"tip","title":"","say":"","why":"",'
        '"clears_when":"","cite":{"document":"","quote":""},"start_ms":0,"end_ms":20,"evidence":[]}'
    )
    counts = []
    for rule in ("midcall-dead-air", "no-interrupt"):
        event = event_from_json(old % rule)
        assert isinstance(event, HintRaised)
        counts.append(event.counts)
    assert counts == ["silence", ""]
