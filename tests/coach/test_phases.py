"""Phases are data: which there are, what begins each, and what is wrong with those that cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.errors import RulebookError
from pipeline.events.call import PhaseChanged
from pipeline.events.hints import HintCleared, HintDone
from pipeline.events.prompts import PromptPlayed
from pipeline.events.turns import SilenceEnded, SilenceKind, SilenceStarted
from tests.coach.conftest import HANDBOOK
from tests.coach.story import AGENT, CUSTOMER, Story, item


def _phases(story: Story) -> list[tuple[int, str]]:
    return [(event.at_ms, event.phase) for event in story.all(PhaseChanged)]


def _with(handbook: Rulebook, phases: list[dict[str, Any]]) -> Rulebook:
    """The handbook's rules, without their phases, in a call that has these."""
    data = handbook.model_dump(mode="json")
    for rule in data["rules"]:
        rule["phases"] = []
    return Rulebook.model_validate_json(json.dumps({**data, "phases": phases}))


def test_a_phase_of_ones_own(handbook: Rulebook) -> None:
    book = _with(
        handbook,
        [
            {"id": "greeting", "title": "问候"},
            {"id": "identity", "title": "核实", "after": ["greeting"], "said": {"phrases": ["核实一下您的身份"]}},
            {"id": "service", "title": "服务", "after": ["identity"], "after_ms": 5_000},
        ],
    )
    story = Story(book).until(1_000).speaks(AGENT, 2_000, "先合适一下您的身份")  # by sound, as rules are
    assert _phases(story.until(20_000)) == [(0, "greeting"), (3_600, "identity"), (8_600, "service")]


def test_words_begin_only_what_follows_the_phase_at_hand(handbook: Rulebook) -> None:
    story = Story(handbook).until(1_000).speaks(AGENT, 2_000, "再见")
    assert _phases(story) == [(0, "opening")]


@pytest.mark.parametrize(
    ("text", "closes"),
    [
        ("您好，感谢您的来电，这里是翠湖物业，请问有什么可以帮您", False),
        ("感谢您的来电，请问还有其他需要吗", False),
        ("感谢您的来电，请问还有其他需要吗？没有的话祝您生活愉快", True),
        ("感谢您的来电，有什么问题随时打给我们", True),
        ("感谢您的来电，再见", True),
    ],
)
def test_thanks_with_a_question_behind_them_are_no_goodbye(story: Story, text: str, closes: bool) -> None:
    story.until(1_000).speaks(CUSTOMER, 1_000).speaks(AGENT, 1_000).speaks(AGENT, 3_000, text)
    assert (_phases(story)[-1][1] == "closing") is closes


def test_a_customer_who_says_so_complains_until_the_goodbye(handbook: Rulebook) -> None:
    story = Story(handbook).until(1_000).speaks(AGENT, 3_000, "您好，请问有什么可以帮您")
    story.speaks(CUSTOMER, 3_000, "我要投诉你们保安").speaks(AGENT, 3_000, "实在抱歉，我马上记下来")
    story.speaks(AGENT, 3_000, "感谢您的来电，再见").until(20_000)
    assert [phase for _, phase in _phases(story)] == ["opening", "complaint", "closing"]


def test_what_a_machine_says_on_their_side_is_no_complaint(handbook: Rulebook) -> None:
    story = Story(handbook).until(1_000)
    story.feed(PromptPlayed(story.now, CUSTOMER, 900, 8_000, "queue", "fingerprint"))
    story.speaks(CUSTOMER, 3_000, "我要投诉请按二").until(10_000)
    assert "complaint" not in [phase for _, phase in _phases(story)]


def test_a_prompt_is_no_customer_to_be_answered(story: Story) -> None:
    story.until(1_000).speaks(CUSTOMER, 2_000)
    story.feed(PromptPlayed(story.now, CUSTOMER, 900, 3_100, "queue", "fingerprint"))
    story.speaks(AGENT, 1_000)
    assert _phases(story) == [(0, "opening")]
    story.speaks(CUSTOMER, 1_000).speaks(AGENT, 1_000)
    assert [phase for _, phase in _phases(story)] == ["opening", "body"]


def test_time_runs_on_in_a_silence_phase_and_is_told_after_it(handbook: Rulebook) -> None:
    book = _with(
        handbook,
        [
            {"id": "one", "title": "一"},
            {"id": "two", "title": "二", "after": ["one"], "after_ms": 10_000},
            {"id": "three", "title": "三", "after": ["two"], "after_ms": 10_000},
            {"id": "wait", "title": "等", "silences": ["hold"]},
        ],
    )
    story = Story(book).until(5_000)
    story.feed(SilenceStarted(5_000, 4_000, SilenceKind.HOLD, None))
    story.until(25_000).feed(SilenceEnded(25_000, 4_000, 25_000, SilenceKind.HOLD))
    assert _phases(story) == [(0, "one"), (5_000, "wait"), (25_000, "three")]


def test_a_rulebook_without_phases_tells_none(handbook: Rulebook) -> None:
    story = Story(_with(handbook, [])).until(500).speaks(CUSTOMER, 1_000).speaks(AGENT, 1_000, "我不知道").until(40_000)
    assert _phases(story) == []
    assert "ban-i-dont-know" in story.hints  # rules for all phases hold all the same


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("phases: [opening, body]\n    severity: tip", "phases: [opening, boddy]\n    severity: tip",
         r"rule 'self-identify': phases\.1 is 'boddy'; wanted: one of opening, body, hold, complaint, closing"),
        ("after: [opening], answered", "after: [openin], answered",
         r"phases\.1\.after\.0 is 'openin'; wanted: one of opening, body"),
        ("id: complaint, title", "id: body, title", "phase ids used once only; body stands there twice"),
        ("after: [opening], answered", "answered", r"phases\.1 is .*`after` beside `answered` and `after_ms`"),
        ("group: 倾听\n    do: 说说", "group: 静听\n    do: 说说",
         r"rule 'midcall-dead-air': group is '静听'; wanted: one of 开场, 声音"),
        ("after_ms: 30000", "after_ms: 0", r"phases\.1\.after_ms is 0; wanted: .*equal to 20"),
        ("said: {acts: [goodbye]}", "said: {pattern: '(再见'}", r"phases\.4\.said\.pattern is .*regular expression"),
        ("said: {acts: [goodbye]}", "said: {acts: [bye]}", r"phases\.4\.said\.acts\.0 is 'bye'; wanted: one of"),
        ("spacing_ms: 8000", "spacing_ms: -1", r"hints\.spacing_ms is -1"),
        ("fatal_cap: 59", "fatal_cap: 101", r"score\.fatal_cap is 101"),
        ("'{count} 次'", "'{times} 次'", r"score\.missed is .*placeholders among \['count'\], not \['times'\]"),
        ("late: 第{step}步", "late: 第{n}步", r"scripts\.silent_call\.late is .*placeholders among \['step'\]"),
        ("bare_ms: 30000", "bare_ms: 3000000", "bare_ms is 3000000; it must be no more than longest_ms"),
        ("why: 已经{seconds}秒", "why: 已经{rate}秒", r"why is .*placeholders among .*'waited'\], not \['rate'\]"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_one_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = HANDBOOK.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "rules.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RulebookError, match=rf"rules\.yaml:\d+: .*{told}") as problem:
        load_rulebook(path)
    assert "\n" not in str(problem.value)


def test_phases_named_in_rules_must_stand_in_the_rulebook(tmp_path: Path) -> None:
    text = HANDBOOK.read_text(encoding="utf-8")
    start, end = text.index("phases:\n"), text.index("groups: ")
    path = tmp_path / "rules.yaml"
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    told = "phases.0 is 'opening'; wanted: none, as the rulebook has no `phases`: take them from .*handbook.yaml"
    with pytest.raises(RulebookError, match=told):
        load_rulebook(path)


def test_limits_and_texts_of_a_rulebook_are_what_the_coach_goes_by(tmp_path: Path) -> None:
    text = HANDBOOK.read_text(encoding="utf-8")
    silence = "when: {kind: silence, of: [both, agent]"
    for old, new in (
        ("least_shown_ms: 3000", "least_shown_ms: 5000"),
        ("fatal_cap: 59", "fatal_cap: 30"),
        ("group: 倾听\n    do: 说说", "group: 倾听\n    fatal: true\n    do: 说说"),
        ("'{count} 次'", "'{count} times'"),
        (silence, f"{silence}, done: 'after {{seconds}} s'"),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    story = Story(load_rulebook(path)).until(500).speaks(AGENT, 1_000, "这不关我的事").speaks(CUSTOMER, 500, "啊")
    story.until(20_000).silent(5_000, since=20_000).speaks(AGENT, 500).until(40_000)
    assert [event.note for event in story.all(HintDone)] == ["after 5.0 s"]
    assert story.all(HintCleared)[-1].at_ms == 25_000 + 5_000
    scored = story.finish()
    assert (scored.total, scored.fatal, scored.to_confirm) == (30, 1, 1)
    assert item(scored, "ban-none-of-my-business").note == "1 times"
