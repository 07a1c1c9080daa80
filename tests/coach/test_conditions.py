"""Every kind of condition against its own worked examples; and a new kind is one line of the table."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest

from pipeline.coach.conditions import table
from pipeline.coach.conditions.evaluator import CallState, Case, Cause, Evaluator, Signal
from pipeline.coach.conditions.kind import Kind, Worked, said
from pipeline.coach.conditions.silent_call import SilentCall
from pipeline.coach.matching import SpokenText
from pipeline.coach.rulebook.examples import run_examples
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rule, Rulebook
from pipeline.coach.wording import Checked
from pipeline.errors import RulebookError
from pipeline.events.call import CallFacts
from pipeline.events.record import Event
from pipeline.events.words import WordsHeard
from pipeline.prompts import PlayedPrompts
from tests.coach.story import AGENT, CUSTOMER, Story, item

PROCEDURES = [SilentCall]  # tested as such, in test_silent_call.py
WORKED = [(kind, worked) for kind in table.KINDS for worked in kind.examples]


def signals_of(kind: Kind[Any], worked: Worked[Any]) -> list[type[Signal]]:
    """What the evaluator of `kind` signals at the events of a worked example."""
    assert kind.watch is not None
    state = CallState(CallFacts(), (AGENT, CUSTOMER), PlayedPrompts())
    evaluator = kind.watch(worked.when, Case(state))
    out: list[type[Signal]] = []
    for event in worked.events:
        assert isinstance(event, evaluator.hears), "the coach would not even ask"
        spoken = (
            SpokenText(event.text, event.words, event.start_ms, event.end_ms, event.otherwise)
            if isinstance(event, WordsHeard)
            else None
        )
        out += [type(signal) for signal in evaluator.feed(event, spoken)]
    evaluator.finish(worked.events[-1].at_ms)
    return out


@pytest.mark.parametrize(("kind", "worked"), WORKED, ids=[f"{kind.name}: {worked.title}" for kind, worked in WORKED])
def test_worked_examples(kind: Kind[Any], worked: Worked[Any]) -> None:
    assert signals_of(kind, worked) == list(worked.signals)


@pytest.mark.parametrize("kind", table.KINDS, ids=[kind.name for kind in table.KINDS])
def test_every_kind_has_a_hit_and_a_miss(kind: Kind[Any]) -> None:
    if kind.schema in PROCEDURES:
        assert kind.watch is None
        return
    assert any(Cause in worked.signals for worked in kind.examples), "no example of a hit"
    assert any(Cause not in worked.signals for worked in kind.examples), "no example of a miss"
    assert all(isinstance(worked.when, kind.schema) for worked in kind.examples)


def test_kinds_have_names_of_their_own() -> None:
    names = [kind.name for kind in table.KINDS]
    assert len(set(names)) == len(names)
    assert "phrase_said" in names


def test_no_condition_knows_another() -> None:
    for kind in table.KINDS:
        source = Path(str(sys.modules[kind.schema.__module__].__file__)).read_text(encoding="utf-8")
        used = set(re.findall(r"pipeline\.coach\.conditions\.(\w+)", source))
        assert used <= {"evaluator", "kind"}, kind.name


# --- a new kind ------------------------------------------------------------------------------------------------


class Applause(Checked):
    """Somebody says a word so many times in one utterance."""

    kind: Literal["applause"]
    word: str
    times: int


class ApplauseWatch:
    hears: ClassVar[tuple[type[Event], ...]] = (WordsHeard,)

    def __init__(self, when: Applause, case: Case) -> None:
        self._when, self._notes = when, case.notes

    def feed(self, event: Event, spoken: SpokenText | None) -> list[Signal]:
        assert isinstance(event, WordsHeard)
        if (times := event.text.count(self._when.word)) < self._when.times:
            return []
        self._notes.chances = 1
        return [Cause(event.start_ms, event.end_ms, (), (("times", str(times)),))]

    def finish(self, at_ms: int) -> None:
        pass


def _is_heard(when: Applause, text: str) -> bool:
    return text.count(when.word) >= when.times


def _watch(when: Applause, case: Case) -> Evaluator:
    return ApplauseWatch(when, case)


_TWICE = Applause(kind="applause", word="好", times=2)
APPLAUSE = Kind(
    Applause,
    _watch,
    heard=_is_heard,
    figures=("times",),
    examples=(
        Worked("twice", _TWICE, (said(0, 500, "好好"),), (Cause,)),
        Worked("once", _TWICE, (said(0, 500, "好"),)),
    ),
)

BOOK = """
id: toy
version: "1"
rules:
  - id: applause
    title: 鼓掌
    severity: tip
    weight: 1
    group: 其他
    do: 说了{times}次
    why: ""
    clears_when: ""
    cite: {document: "0", quote: 好}
    when: {kind: applause, word: 好, times: 3}
    examples: {hits: [好好好], misses: [好的]}
"""


@pytest.fixture
def with_applause(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One more line in the table, as a new file would bring it, and nothing else."""
    with monkeypatch.context() as patched:
        patched.setattr(table, "KINDS", (*table.KINDS, APPLAUSE))
        _read_the_table_again()
        yield
    _read_the_table_again()


def _read_the_table_again() -> None:
    """What an import does."""
    Rule.model_rebuild(force=True)
    Rulebook.model_rebuild(force=True)


@pytest.mark.usefixtures("with_applause")
def test_a_new_kind_is_one_line_of_the_table(tmp_path: Path) -> None:
    path = tmp_path / "toy.yaml"
    path.write_text(BOOK, encoding="utf-8")
    book = load_rulebook(path)
    assert run_examples(book) == []
    for worked in APPLAUSE.examples:
        assert signals_of(APPLAUSE, worked) == list(worked.signals)
    story = Story(book).speaks(AGENT, 1_000, "好好好好")
    assert story.hints == ["applause"]
    assert [event.say for event in story.said if hasattr(event, "say")] == ["说了4次"]
    assert item(story.finish(), "applause").points == 1
    path.write_text(BOOK.replace("{times}", "{rate}"), encoding="utf-8")
    with pytest.raises(RulebookError, match=r"do is .*; wanted: placeholders among \['times'\], not \['rate'\]"):
        load_rulebook(path)


def test_without_its_line_it_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "toy.yaml"
    path.write_text(BOOK, encoding="utf-8")
    with pytest.raises(RulebookError, match=r"toy.yaml:14: rule 'applause': when is .*applause.*'phrase_said'"):
        load_rulebook(path)
