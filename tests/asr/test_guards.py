"""Hallucinated text is rejected, and real speech is not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml
from hypothesis import given, strategies as st

from pipeline.asr.session.guards import Evidence, GuardSettings, believe, is_looping
from pipeline.asr.session.phantoms import PHANTOM_LINES
from pipeline.events.words import Word
from pipeline.folders import bundled
from pipeline.han import simplified
from pipeline.ports import Recognised
from tests.sound import ROOT


def spoken(text: str, *, a_character_ms: int = 200, confidence: float = 0.9) -> list[Word]:
    return [Word(c, i * a_character_ms, (i + 1) * a_character_ms, confidence) for i, c in enumerate(text)]


def believed(text: str, log_probability: float = -0.3) -> Recognised:
    return believe(spoken(text), Evidence(len(text) * 200 + 320, log_probability), GuardSettings())


def told(found: Recognised) -> tuple[str, list[tuple[str, str]]]:
    return "".join(w.text for w in found.words), [(s.text, s.reason) for s in found.suppressed]


@pytest.mark.parametrize("line", PHANTOM_LINES)
def test_known_lines_are_suppressed_where_they_are_the_whole_text(line: str) -> None:
    assert told(believed(line)) == ("", [(line, "phantom_line")])
    assert told(believed(f"{line}。{line}！")) == ("", [(f"{line}。{line}！", "phantom_line")])
    assert told(believed("好的，我帮您查一下，下午给您回电话。" + line))[1] == []


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for calling.", "Thank you for waiting.", "Thanks for contacting us.", "感谢观看我们的活动，再见。",
        "字幕提供者是谁我帮您查一下。", "请订阅我的频道，您说的是这个吗？",
    ],
)  # fmt: skip
def test_what_begins_like_one_is_accepted(text: str) -> None:
    assert told(believed(text)) == (text, [])


@pytest.mark.parametrize(
    "line",
    [
        "請不吝點贊 訂閱 轉發 打賞支持明鏡與點點欄目",
        "请不吝点赞订阅转发打赏支持明镜与典典栏目",
        "字幕由 Amara.org 社區提供",
    ],
)  # fmt: skip
def test_they_are_known_in_other_spellings(line: str) -> None:
    heard, suppressed = told(believed(line))
    assert (heard, [reason for _, reason in suppressed]) == ("", ["phantom_line"])


def test_text_without_speech_is_suppressed() -> None:
    assert told(believed("好的", log_probability=-1.45)) == ("", [("好的", "no_speech")])
    assert told(believed("好的", log_probability=-1.3)) == ("好的", [])


def test_the_first_occurrence_of_a_loop_is_kept() -> None:
    assert told(believed("我想问一下" + "你只能选择" * 5)) == (
        "我想问一下你只能选择",
        [("你只能选择" * 4, "repetition")],
    )


@pytest.mark.parametrize(
    "text",
    [
        "喂喂喂喂喂", "对对对对对对", "好的好的好的", "八八八八八八八", "不是不是不是", "一三八零零零零零零零零",
        "谢谢，再见。", "谢谢大家",
    ],
)  # fmt: skip
def test_repetitions_that_people_say_are_accepted(text: str) -> None:
    assert told(believed(text)) == (text, [])


def test_text_faster_than_speech_is_suppressed() -> None:
    words = spoken("您好请问有什么可以帮您", a_character_ms=20)
    assert told(believe(words, Evidence(600, -0.2), GuardSettings()))[1] == [("您好请问有什么可以帮您", "too_fast")]
    assert told(believe(words[:3], Evidence(600, -0.2), GuardSettings()))[1] == []


def test_last_words_without_duration_are_suppressed_at_low_confidence() -> None:
    said, at = spoken("我帮您查"), 800
    tail = [Word(c, at, at, 0.2) for c in "下次再来吧"]
    assert told(believe([*said, *tail], Evidence(2_000, -0.4), GuardSettings())) == (
        "我帮您查", [("下次再来吧", "too_fast")],
    )  # fmt: skip
    sure = [Word(c, at, at, 0.9) for c in "下次再来吧"]
    assert told(believe([*said, *sure], Evidence(2_000, -0.4), GuardSettings()))[1] == []


@given(st.text(alphabet="您好请问帮谢观看，。 ab1點", max_size=30), st.floats(-3, 0))
def test_nothing_is_lost_and_nothing_changed(text: str, log_probability: float) -> None:
    words = spoken(text)
    found = believe(words, Evidence(len(text) * 200, log_probability), GuardSettings())
    assert sorted("".join(w.text for w in found.words) + "".join(s.text for s in found.suppressed)) == sorted(
        "".join(w.text for w in words)
    ) or not any(c.isalnum() for w in found.words for c in w.text)
    assert set(found.words) <= set(words)


def _real_lines() -> list[str]:
    """Real speech: examples of the rulebook, and transcripts of recordings where present."""
    rulebook = yaml.safe_load(bundled("rules", "handbook.yaml").read_text(encoding="utf-8"))
    lines = [
        example for rule in rulebook["rules"] for kind in (rule.get("examples") or {}).values() for example in kind
    ]
    lines = [line for line in lines if isinstance(line, str)]
    manifest = Path(ROOT).parent / "shared" / "audio" / "manifest.csv"
    if manifest.is_file():
        with manifest.open(encoding="utf-8") as file:
            lines += [row["transcript"] for row in csv.DictReader(file) if row["language"].startswith("zh")]
    return [simplified(line) for line in lines if line]


def test_no_word_of_real_speech_is_suppressed() -> None:
    lines = _real_lines()
    assert len(lines) > 50
    assert [line for line in lines if told(believed(line))[1]] == []


@pytest.mark.parametrize(
    ("text", "a_character_ms", "is_loop"),
    [
        ("电话是二二二二二二二二二二账单", 40, True),
        ("一共" * 6, 20, True),
        ("电话是八八八八八八八八", 200, False),  # said slowly: a telephone number
        ("一三八零零一三八零零零，一三八零零一三八零零零，对吗", 20, False),  # said twice
        ("好的好的好的", 20, False),  # too short to be a loop
        ("", 20, False),
    ],
)
def test_a_loop_is_a_repetition_faster_than_speech(text: str, a_character_ms: int, is_loop: bool) -> None:
    assert is_looping(spoken(text, a_character_ms=a_character_ms)) is is_loop
