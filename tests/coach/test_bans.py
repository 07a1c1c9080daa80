"""The fourteen bans on sentences of agents: what breaks them is heard, what only stands near is not."""

from __future__ import annotations

from pathlib import Path

import opencc
import pytest
import yaml

from pipeline.coach.matching import SpokenText
from pipeline.coach.rulebook.examples import is_heard
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.coach.wording import Wording
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


def test_it_is_heard_whatever_script_it_is_written_in(handbook: Rulebook) -> None:
    """As recognisers and people write: all in traditional Han, or both scripts in one sentence."""
    traditional = opencc.OpenCC("s2tw")
    for ban, of in SENTENCES.items():
        for text in of["broken"][::5]:
            other = str(traditional.convert(text)).replace("你", "妳")
            mixed = "".join(pair[place % 2] for place, pair in enumerate(zip(text, other, strict=True)))
            assert ban in _heard(handbook, other), other
            assert ban in _heard(handbook, mixed), mixed


def test_without_marks_it_is_nearly_the_same(handbook: Rulebook) -> None:
    """Small models leave punctuation out: then a bare 不知道 cannot be told from the beginning of a question."""
    texts = [(ban, text) for ban, of in SENTENCES.items() for text in of["broken"] if "，" in text]
    missed = [text for ban, text in texts if ban not in _heard(handbook, text.replace("，", ""))]
    assert missed == [
        "不知道，您问别人吧",
        "不知道，您问别的窗口",
        "医保怎么报不清楚，你打社保局",
        "不好意思，不太清楚",
        "具体航班我也不清楚，您看大屏",
    ]


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
        "这个现在不归我们管了，我把他们电话给您",
        "我们不负责开药，我帮您挂号",
        "原因还不清楚，已经派人去现场了",
        "这是您的事情，我马上帮您处理",
    ],
)
def test_what_is_mended_in_the_same_breath_is_no_fault(handbook: Rulebook, text: str) -> None:
    assert _heard(handbook, text) == []
    assert _heard(handbook, text[:8]) != []


@pytest.mark.parametrize(
    ("ban", "said"),
    [
        ("ban-you-are-wrong", "您弄错了，我帮您查一下"),  # blames all the same
        ("ban-you-are-wrong", "不好意思，您弄错了"),  # softened beforehand, not taken back
        ("ban-you-are-wrong", "您弄错了，不是我们弄错了"),
        ("ban-you-dont-understand", "您没听懂，我帮您查"),
        ("ban-you-should", "您应该去跟邻居说声对不起"),  # somebody else's apology
        ("ban-you-should", "您应该早点来，不是我没说清楚"),
        ("ban-company-policy", "没办法，因为这是公司规定"),  # the rule as its own reason
        ("ban-company-policy", "这是公司规定，您可以去投诉"),  # no way out
        ("ban-i-dont-know", "我不知道，您去问一下门店"),  # the customer is sent, nobody offers to ask
        ("ban-i-dont-know", "我不知道，您自己打电话确认一下"),
        ("ban-i-dont-know", "我不知道，您找师傅给您看"),
        ("ban-bu-qingchu", "这个我不清楚，您上网查询"),
        ("ban-i-dont-know", "我不知道，您到前台问一下"),
        ("ban-i-dont-know", "我不知道，没有人会给您答复"),
        ("ban-i-dont-know", "我不知道，网上查一下吧"),
        ("ban-i-dont-know", "不知道，您找他们给您看看"),
        ("ban-bu-qingchu", "我不清楚，您再打一次查询"),
        ("ban-bu-qingchu", "这个我不太清楚，您让师傅帮您查一下"),
        ("ban-bu-qingchu", "不清楚，没法给您转"),
        ("ban-bu-qingchu", "具体我不清楚，您可以自己核实一下"),
        ("ban-none-of-my-business", "不归我们管，您去查一下别的电话"),
        ("ban-none-of-my-business", "不关我们的事，让开发商给您安排"),
        ("ban-none-of-my-business", "这个不归我们管，您打给社区，他们会帮您联系"),
        ("ban-none-of-my-business", "这不关我的事，您愿意投诉就去投诉，我会转到"),
        ("ban-none-of-my-business", "不归我们管，也没法帮您转"),  # help that is refused
        ("ban-none-of-my-business", "这不关我的事，再联系您是不可能的"),
        ("ban-not-responsible", "我们不负责，我不会帮您处理"),
        ("ban-not-responsible", "我们不负责，没人会联系您"),
        ("ban-your-own-matter", "这是您的事，您找师傅给您看"),
    ],
)
def test_what_only_sounds_like_mending_mends_nothing(handbook: Rulebook, ban: str, said: str) -> None:
    assert ban in _heard(handbook, said)


@pytest.mark.parametrize("later", ["您再去核对清楚，别来问我", "您自己去查一下", "不会帮您查的"])
def test_who_is_sent_away_has_not_been_answered(handbook: Rulebook, later: str) -> None:
    for ban in ("ban-you-are-wrong", "ban-i-dont-know", "ban-none-of-my-business"):
        recovery = getattr(handbook.rule(ban).when, "recovery", None)
        assert isinstance(recovery, Wording)
        assert recovery.listen().find(SpokenText(later)) is None


@pytest.mark.parametrize("ban", SENTENCES)
def test_every_ban_can_be_taken_back(handbook: Rulebook, ban: str) -> None:
    said = handbook.rule(ban).examples.hits[0]
    assert ban in _heard(handbook, said)
    for retraction in ("对不起，是我没讲清楚", "哦不，我换个说法", "这话我不能说满"):
        assert ban not in _heard(handbook, f"{said}，{retraction}")


@pytest.mark.parametrize("reason", ["因为拆封以后影响二次销售，{}", "{}，我给您说一下原因", "{}，不过我可以给您换一件"])
def test_a_rule_with_its_reason_or_a_way_out_is_explained(handbook: Rulebook, reason: str) -> None:
    assert _heard(handbook, "按规定不能退") == ["ban-company-policy"]
    assert _heard(handbook, reason.format("按规定不能退")) == []
