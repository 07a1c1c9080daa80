"""The labelled sentences and dialogues of benchmarks/rules can be what they say: known names, possible times, paces."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
import yaml

from benchmarks.asr.spoken_bans import SENTENCES as SPOKEN
from benchmarks.rules.dialogues import HERE, Dialogue, read_dialogues, read_items
from pipeline.asr.text.normalisation import read_aloud
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.folders import bundled

RULES = {rule.id for rule in load_rulebook(bundled("rules", "handbook.yaml")).rules}
BANS = {rule for rule in RULES if rule.startswith("ban-")}
DIALOGUES = read_dialogues()
SENTENCES: dict[str, list[dict[str, Any]]] = yaml.safe_load((HERE / "sentences.yaml").read_text(encoding="utf-8"))

FEWEST = 4  # characters: the pace of fewer says nothing
PACES = {"agent": (225, 385), "customer": (240, 300)}  # characters a minute; the fastest agent is meant to be too fast

each_dialogue = pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.id)


def characters(text: str) -> int:
    return sum("\u4e00" <= c <= "\u9fff" for c in read_aloud(text))


def test_ids_are_used_once() -> None:
    assert max(Counter(dialogue.id for dialogue in DIALOGUES).values()) == 1


@each_dialogue
def test_nobody_speaks_over_themselves(dialogue: Dialogue) -> None:
    assert all(line.start_s < line.end_s for line in dialogue.lines)
    assert [line.start_s for line in dialogue.lines] == sorted(line.start_s for line in dialogue.lines)
    for who in ("agent", "customer", "system"):
        own = [line for line in dialogue.lines if line.who == who]
        assert all(before.end_s <= after.start_s for before, after in pairwise(own)), who


@each_dialogue
def test_people_speak_at_a_pace_people_speak_at(dialogue: Dialogue) -> None:
    for line in dialogue.lines:
        if line.who != "system" and (count := characters(line.text)) >= FEWEST:
            slowest, fastest = PACES[line.who]
            # Times are told to a tenth of a second.
            assert count * 60 / (line.end_s - line.start_s + 0.1) <= fastest, line
            assert count * 60 / (line.end_s - line.start_s - 0.1) >= slowest, line


@each_dialogue
def test_what_is_wanted_can_be_known(dialogue: Dialogue) -> None:
    known = RULES | set(read_items())
    assert {one.item for one in (*dialogue.must, *dialogue.must_not)} <= known
    for one in dialogue.must:
        assert 0 < one.by_s <= dialogue.end_s + 5, one
        assert one.not_before_s is None or one.not_before_s < one.by_s, one
    assert dialogue.must, "says nothing about what is right"
    assert dialogue.must_not, "says nothing about what is wrong"


@each_dialogue
def test_nothing_is_wanted_and_forbidden_at_once(dialogue: Dialogue) -> None:
    forbidden = {one.item for one in dialogue.must_not}
    assert not {one.item for one in dialogue.must if one.form in ("hint", "missed")} & forbidden
    cards = [(one.item, one.form) for one in dialogue.must if one.form in ("met", "missed")]
    assert len({item for item, _ in cards}) == len(cards), "an item has one verdict"


def test_items_that_nobody_names_are_not_listed() -> None:
    named = {one.item for dialogue in DIALOGUES for one in (*dialogue.must, *dialogue.must_not)}
    assert set(read_items()) <= named


def test_sentences_break_bans_and_innocent_ones_do_not() -> None:
    for told in SENTENCES["bans"]:
        assert set(told) == {"class", "said", "breaks"}, told
        assert set(told["breaks"]) <= BANS, told
        assert bool(told["breaks"]) == (told["class"] in ("ordinary", "paraphrase", "homophone")), told


def test_every_ban_has_wordings_of_its_own() -> None:
    broken = {ban for told in SENTENCES["bans"] for ban in told["breaks"]}
    assert len(broken) == 14, "thirteen of no. 27, and 不清楚"
    for ban in broken:
        classes = Counter(told["class"] for told in SENTENCES["bans"] if ban in told["breaks"])
        assert classes["ordinary"] + classes["paraphrase"] >= 4, ban
        assert classes["homophone"] >= 1, ban


def test_no_sentence_stands_there_twice() -> None:
    said = Counter(told["said"] for kind in SENTENCES.values() for told in kind)
    assert not [text for text, count in said.items() if count > 1]


@pytest.mark.parametrize(("name", "innocent"), [("own sentences", 40), ("fresh", 60)])
def test_sentences_to_be_spoken_break_known_bans_and_can_be_said(name: str, innocent: int) -> None:
    sentences = yaml.safe_load(SPOKEN[name].read_text(encoding="utf-8"))["bans"]
    assert Counter(bool(one["breaks"]) for one in sentences) == {True: 60, False: innocent}
    assert {rule for one in sentences for rule in one["breaks"]} == BANS
    assert all(re.fullmatch("[\u4e00-\u9fff，。？！、]+", one["said"]) for one in sentences)
