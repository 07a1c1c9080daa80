"""Rulebooks that are wrong say where: file, rule, field, what was given and wanted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.coach.matching import SpokenText
from pipeline.coach.rulebook.examples import ExampleFailure, run_examples
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.errors import RulebookError

GOOD = """
id: small
version: "1"
rules:
  - id: ban-x
    title: 禁说
    severity: warning
    weight: 3
    group: 语言
    do: 换一种说法
    why: 禁语“{quote}”
    clears_when: 换说法后消失
    cite: {document: "001", quote: 我不知道}
    when: {kind: phrase_said, pattern: 我不知道}
    examples: {hits: [我不知道], misses: [您好]}
"""


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_small_rulebook_loads(tmp_path: Path) -> None:
    book = load_rulebook(_write(tmp_path, GOOD))
    assert (book.id, book.version, book.rule("ban-x").weight) == ("small", "1", 3)
    assert run_examples(book) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("severity: warning", "severity: warn", ["rule 'ban-x'", "severity is 'warn'", "'warning' or 'tip'"]),
        ("weight: 3", "weight: -1", ["rule 'ban-x'", "weight is -1", "greater than or equal to 0"]),
        ("weight: 3", "wieght: 3", ["rule 'ban-x'", "weight is missing", "required"]),
        ("    group: 语言\n", "    group: 语言\n    grupp: x\n", ["rule 'ban-x'", "grupp is 'x'", "not permitted"]),
        ("kind: phrase_said", "kind: phrase_heard", ["rule 'ban-x'", "when is", "phrase_said", "silence"]),
        ("pattern: 我不知道", "pattern: '我不(知道'", ["rule 'ban-x'", "when.pattern is", "regular expression"]),
        ("do: 换一种说法", f"do: {'说' * 25}", ["rule 'ban-x'", "24 Han characters at most, not 25"]),
        (", pattern: 我不知道", "", ["rule 'ban-x'", "when is", "a pattern, phrases or acts"]),
        ("“{quote}”", "“{quotes}”", ["rule 'ban-x'", "why is", "not ['quotes']"]),
        ("“{quote}”", "“{quote”", ["rule 'ban-x'", "why is", "braces in pairs"]),
        ("do: 换", "say: 换", ["rule 'ban-x'", "say is", "`speak`, words to say, or `do`, an order"]),
        ("    do: 换一种说法\n", "", ["rule 'ban-x'", "either `speak`, words to say, or `do`, an order"]),
        ("do: 换一种说法", "do: 换\n    speak: 换", ["either `speak`, words to say, or `do`, an order"]),
        ("do: 换一种说法", "do: 换\n    en: {title: x, why: '{x}', clears_when: x}", ["'ban-x'", "en is", "['x']"]),
        ("id: ban-x", "id: Ban X", ["rule 'Ban X'", "id is 'Ban X'"]),
        ("    cite: {document: \"001\", quote: 我不知道}\n", "", ["rule 'ban-x'", "cite is missing"]),
        ("quote: 我不知道", "quote: ''", ["rule 'ban-x'", "cite.quote is ''"]),
        ("version: \"1\"", "version: 1.5", ["rulebook", "version is 1.5", "valid string"]),
        ("weight: 3", "weight: .nan", ["rule 'ban-x'", "weight is nan", "valid integer"]),
        ("weight: 3", "weight: .inf", ["rule 'ban-x'", "weight is inf", "valid integer"]),
        ("weight: 3", "weight: yes", ["rule 'ban-x'", "weight is True", "valid integer"]),
        ("weight: 3", "weight: '3'", ["rule 'ban-x'", "weight is '3'", "valid integer"]),
        ("weight: 3", "weight: 3\n    weight: 4", ["'weight' stands there twice"]),
        ("weight: 3", "weight: 3\n    cooldown_ms: -1", ["rule 'ban-x'", "cooldown_ms is -1", "equal to 0"]),
        ("weight: 3", "weight: 3\n    cooldown_ms: 99999999999", ["cooldown_ms is 99999999999", "86400000"]),
        ("weight: 3", "weight: 3\n    expires_ms: 2026-02-30", ["'2026-02-30': day is out of range"]),
        ("pattern: 我不知道", "pattern: '[[a]'", ["rule 'ban-x'", "when.pattern", "Possible nested set"]),
        ("pattern: 我不知道", "pattern: 我, unless: '('", ["rule 'ban-x'", "when.unless is '('", "regular expression"]),
        ("pattern: 我不知道", f"phrases: [{'是,' * 1_001}]", ["when.phrases", "at most 1000 items"]),
        ("phrase_said, pattern: 我不知道", "silence, of: []", ["when.of is []", "at least 1 item"]),
        ("group: 语言", 'group: "语\\n言"', ["rule 'ban-x'", "group is '语\\n言'", "one line"]),
        ("group: 语言", 'group: "\\u202e语言"', ["rule 'ban-x'", "group is", "one line"]),
        ("title: 禁说", f"title: {'禁' * 2_001}", ["rule 'ban-x'", "title is", "at most 2000 characters"]),
        ("id: ban-x", f"id: {'b' * 81}", ["id is 'bbb", "at most 80 characters"]),
        ("hits: [我不知道]", f"hits: [{'我不知道,' * 201}]", ["examples.hits", "at most 200 items"]),
    ],
)  # fmt: skip
def test_errors_name_file_rule_and_field(tmp_path: Path, old: str, new: str, told: list[str]) -> None:
    assert old in GOOD
    path = _write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(RulebookError) as problem:
        load_rulebook(path)
    message = str(problem.value)
    assert re.match(rf"{re.escape(str(path))}:(\d+): ", message)
    assert "\n" not in message
    for part in told:
        assert part in message


RATE = (
    "rate, band: [180, 120], articulation_over: 330, acoustic_over: 380, least_articulation_ms: 1, outside_ms: 1, "
    "beyond_baseline: 0.1, baseline_ms: 2, say_slow: x"
)
LEVEL = (
    "level, below_dbfs: -40, below_snr_db: 5, least_snr_db: 6, utterances: 1, least_ms: 1, shortest_ms: 1, "
    "recovery_db: 1"
)


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (RATE, "band with the lower figure first"),
        (RATE.replace("[180, 120]", "[120, .nan]"), "when.band.1 is nan; wanted: Input should be a finite"),
        (RATE.replace("[180, 120]", "[120, 180]").replace("baseline_ms: 2", "baseline_ms: 0"), "no more than baseline"),
        (LEVEL, "least_snr_db is 6.0; it must be no more than below_snr_db, which is 5.0"),
        (LEVEL.replace("_db: 6", "_db: 1, requests: 3, requests_most: 2"), "requests is 3; it must be no more than"),
        (LEVEL.replace("-40", ".inf"), "below_dbfs is inf"),
    ],
)
def test_limits_that_contradict_each_other(tmp_path: Path, when: str, told: str) -> None:
    text = GOOD.replace("phrase_said, pattern: 我不知道", when)
    with pytest.raises(RulebookError, match=r"rules\.yaml:\d+: rule 'ban-x': when") as problem:
        load_rulebook(_write(tmp_path, text))
    assert told in str(problem.value)


def test_a_rulebook_that_could_not_keep_up_with_a_call(tmp_path: Path) -> None:
    head, rule = GOOD.split("rules:\n")
    wordy = rule.replace("pattern: 我不知道", f"phrases: [{'是,' * 1_000}]")
    many = [wordy.replace("ban-x", f"ban-{number}") for number in range(5)]
    with pytest.raises(RulebookError, match="4000 phrases at most in all rules, not 5000"):
        load_rulebook(_write(tmp_path, head + "rules:\n" + "".join(many)))


def test_a_rulebook_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert load_rulebook(_write(tmp_path, "\ufeff" + GOOD)).id == "small"


def test_errors_name_the_line(tmp_path: Path) -> None:
    path = _write(tmp_path, GOOD.replace("weight: 3", "weight: x").lstrip())
    with pytest.raises(RulebookError, match=r"rules\.yaml:7: rule 'ban-x': weight is 'x'"):
        load_rulebook(path)


def test_rules_given_twice(tmp_path: Path) -> None:
    rule = GOOD.split("rules:\n")[1]
    with pytest.raises(RulebookError, match="ban-x stands there twice"):
        load_rulebook(_write(tmp_path, GOOD + rule))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1", "not valid YAML"),
        ("- 1", "holds list; wanted a mapping"),
        ("", "holds NoneType"),
        ("id: x", "missing"),
    ],
)
def test_files_that_hold_no_rulebook(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(RulebookError, match=told):
        load_rulebook(_write(tmp_path, text))


ACTS = """
acts:
  - id: sorry
    title: 致歉
    pattern: 对不起|抱歉
    examples: {hits: [很抱歉], misses: [没关系]}
"""


def test_a_wording_may_name_acts(tmp_path: Path) -> None:
    book = load_rulebook(
        _write(tmp_path, ACTS + GOOD.replace("pattern: 我不知道}", "pattern: 我不知道, acts: [sorry]}"))
    )
    listen = book.rule("ban-x").when.listen()  # type: ignore[attr-defined]
    assert [bool(listen.find(SpokenText(text))) for text in ("我不知道", "抱歉", "好的")] == [True, True, False]
    assert run_examples(book) == []


@pytest.mark.parametrize(
    ("acts", "named", "told"),
    [
        (ACTS, "acts: [sory]", ["rule 'ban-x': when.acts.0 is 'sory'; wanted: one of sorry"]),
        ("", "acts: [sorry]", ["rule 'ban-x': when.acts.0 is 'sorry'; wanted: none, as the rulebook has no `acts`"]),
        (ACTS, "recovery: {acts: [x]}", ["rule 'ban-x': when.recovery.acts.0 is 'x'", "one of sorry"]),
        (ACTS.replace("对不起|抱歉", "'对不(起'"), "unless: 您", ["act 'sorry': pattern is", "regular expression"]),
        (
            ACTS.replace("    pattern: 对不起|抱歉\n", ""),
            "unless: 您",
            ["act 'sorry': as a whole", "a pattern or phrases"],
        ),
        (ACTS + ACTS.replace("acts:\n", ""), "unless: 您", ["act ids used once only; sorry stands there twice"]),
    ],
)
def test_acts_that_are_wrong(tmp_path: Path, acts: str, named: str, told: list[str]) -> None:
    with pytest.raises(RulebookError) as problem:
        load_rulebook(_write(tmp_path, acts + GOOD.replace("pattern: 我不知道}", f"pattern: 我不知道, {named}}}")))
    assert [part for part in told if part not in str(problem.value)] == []


def test_examples_of_acts_are_run(tmp_path: Path) -> None:
    book = load_rulebook(_write(tmp_path, ACTS.replace("很抱歉", "您好") + GOOD))
    assert run_examples(book) == [ExampleFailure("sorry", "您好", "hit")]


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match=r"nowhere\.yaml: cannot be read"):
        load_rulebook(tmp_path / "nowhere.yaml")


def test_examples_that_fail_are_named(tmp_path: Path) -> None:
    swapped = GOOD.replace("hits: [我不知道], misses: [您好]", "hits: [您好], misses: [我不知道]")
    book = load_rulebook(_write(tmp_path, swapped))
    assert run_examples(book) == [ExampleFailure("ban-x", "您好", "hit"), ExampleFailure("ban-x", "我不知道", "miss")]


def test_the_shipped_rulebook(handbook: Rulebook) -> None:
    assert (handbook.id, handbook.version, len(handbook.rules)) == ("handbook", "2026-12", 27)
    assert {rule.group for rule in handbook.rules} <= {"开场", "声音", "倾听", "语言", "流程", "结束"}
    assert handbook.scripts.silent_call
    assert len(handbook.scripts.silent_call.steps) == 3


def test_the_docs_table_names_every_rule(handbook: Rulebook) -> None:
    table = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    assert [rule.id for rule in handbook.rules if f"`{rule.id}`" not in table] == []
