"""What the agent reads: words to say meet the rule they stand for, and every text has its English."""

from __future__ import annotations

import re

import pytest

from pipeline.coach.matching import SpokenText
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rule, Rulebook
from pipeline.coach.wording import Wording, fill_known
from pipeline.events.call import CallFacts
from pipeline.events.hints import HintRaised, SilentCallStep
from pipeline.events.score import Verdict
from pipeline.reports.rule_texts import texts
from tests.coach.conftest import HANDBOOK
from tests.coach.story import AGENT, CUSTOMER, Story, item

BOOK = load_rulebook(HANDBOOK)
KNOWN = [CallFacts(), CallFacts(company="翠湖物业"), CallFacts(agent_name="马超")]
KNOWN += [CallFacts(company="翠湖物业", agent_name="马超"), CallFacts(company="华安客服中心", agent_name="林岚")]
HALF_WIDTH = re.compile(r"[,!?;:()]")


@pytest.mark.parametrize("facts", KNOWN, ids=str)
def test_the_opening_on_the_screen_read_word_for_word_is_met(handbook: Rulebook, facts: CallFacts) -> None:
    story = Story(handbook, facts)
    opening = story.all(SilentCallStep)[-1].say
    assert "{" not in opening
    assert "[" not in opening
    story.until(500).speaks(AGENT, 4_000, opening).speaks(CUSTOMER, 1_500, "你好我家停水了")
    story.until(7_000).speaks(AGENT, 2_000, "好的，我马上为您登记")
    assert item(story.finish(), "self-identify").verdict is Verdict.MET
    assert "self-identify" not in story.hints


@pytest.mark.parametrize("step", [1, 2])
def test_the_later_steps_break_no_rule(handbook: Rulebook, step: int) -> None:
    assert handbook.scripts.silent_call is not None
    words = handbook.scripts.silent_call.steps[step].words(CallFacts())
    for rule in handbook.rules:
        if rule.id.startswith("ban-"):
            assert not rule.kind.heard(rule.when, words), rule.id  # type: ignore[misc]


@pytest.mark.parametrize("rule", [rule for rule in BOOK.rules if rule.form == "speak"], ids=lambda rule: rule.id)
def test_words_to_say_do_what_the_hint_asks_for(rule: Rule) -> None:
    if rule.id in ("self-identify", "hold-just-a-moment-30s"):  # put together below; any word answers a wait
        return
    mends = getattr(rule.when, "recovery", rule.when)
    assert isinstance(mends, Wording)
    assert mends.listen().find(SpokenText(rule.say)), rule.say


def test_the_hint_names_what_is_missing_alone(handbook: Rulebook) -> None:
    story = Story(handbook, CallFacts(company="华安物业", agent_name="小王"))
    story.until(500).speaks(AGENT, 2_000, "您好，华安物业").speaks(CUSTOMER, 1_000, "你好")
    story.until(5_000).speaks(AGENT, 2_000, "请问有什么可以帮您")
    (hint,) = story.all(HintRaised)
    assert (hint.say, hint.form) == ("我是小王", "speak")


def test_texts_have_full_width_marks_and_english(handbook: Rulebook) -> None:
    for rule in handbook.rules:
        for text in (rule.say, rule.why, rule.clears_when, rule.title):
            assert not HALF_WIDTH.search(re.sub(r"\{.*?\}", "", text)), f"{rule.id}: {text}"
        assert rule.en is not None, rule.id
        assert bool(rule.en.do) == (rule.form == "do"), rule.id
        for text in (rule.en.title, rule.en.do, rule.en.why, rule.en.clears_when):
            assert not re.search(r"[\u3000-\u9fff]", text), f"{rule.id}: {text}"


def test_all_texts_are_printed_for_one_reading(handbook: Rulebook) -> None:
    printed = "\n".join(texts(handbook))
    for rule in handbook.rules:
        shown = f"「{rule.speak}」" if rule.speak else rule.do
        for text in (rule.title, shown, rule.why, rule.clears_when):
            assert text in printed  # type: ignore[operator]
    for text in ("语速偏慢，可以快一点", "「我是{agent_name}」", "第{step}步说得晚", "仍无声，可以挂机"):
        assert text in printed


def test_a_part_of_a_script_without_its_fact_is_left_out() -> None:
    script = "您好，{company}客服中心，[我是{agent_name}，]请讲"
    assert fill_known(script, {"company": None, "agent_name": "林岚"}, "__") == "您好，__客服中心，我是林岚，请讲"
    assert fill_known(script, {"company": "华安客服中心", "agent_name": ""}, "__") == "您好，华安客服中心，请讲"
