"""The fourteen bans on sentences of agents: what breaks them is heard, what only stands near is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipeline.coach.rulebook.examples import is_heard
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import CallFacts

SENTENCES: dict[str, dict[str, list[str]]] = yaml.safe_load(
    Path(__file__).with_name("bans.yaml").read_text(encoding="utf-8")
)


def _heard(handbook: Rulebook, text: str) -> list[str]:
    return [rule.id for rule in handbook.rules if rule.id.startswith("ban-") and is_heard(rule, text)]


def test_every_ban_has_sentences(handbook: Rulebook) -> None:
    assert {rule.id for rule in handbook.rules if rule.id.startswith("ban-")} == set(SENTENCES)


@pytest.mark.parametrize("ban", SENTENCES)
def test_what_breaks_a_ban_is_heard(handbook: Rulebook, ban: str) -> None:
    assert [text for text in SENTENCES[ban]["broken"] if ban not in _heard(handbook, text)] == []
    assert [text for text in SENTENCES[ban].get("missed", ()) if ban in _heard(handbook, text)] == []


@pytest.mark.parametrize("ban", SENTENCES)
def test_what_only_stands_near_it_is_not(handbook: Rulebook, ban: str) -> None:
    assert {text: heard for text in SENTENCES[ban]["innocent"] if (heard := _heard(handbook, text))} == {}


def test_without_marks_it_is_nearly_the_same(handbook: Rulebook) -> None:
    """Small models leave punctuation out: then a bare 不知道 cannot be told from the beginning of a question."""
    texts = [(ban, text) for ban, of in SENTENCES.items() for text in of["broken"] if "，" in text]
    missed = [text for ban, text in texts if ban not in _heard(handbook, text.replace("，", ""))]
    assert missed == ["不知道，您问别人吧", "不清楚，您问问物业吧"]


def test_no_script_of_the_rulebook_breaks_a_ban(handbook: Rulebook) -> None:
    silent_call = handbook.scripts.silent_call
    assert silent_call
    scripts = [rule.say for rule in handbook.rules]
    scripts += [step.words(CallFacts()) for step in silent_call.steps]
    assert {text: heard for text in scripts if (heard := _heard(handbook, text))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "这个我不太清楚，我马上帮您问一下",
        "这个我不知道不过我帮您查",
        "这个不归我们管，我帮您转给工程部",
        "室内的我们不负责，我请师傅给您报价",
        "这是您的事情，我马上帮您处理",
    ],
)
def test_what_is_mended_in_the_same_breath_is_no_fault(handbook: Rulebook, text: str) -> None:
    assert _heard(handbook, text) == []
    assert _heard(handbook, text[:8]) != []
