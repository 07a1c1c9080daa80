"""Files of written dialogues: what is wrong with one is told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.dialogues.reading import Dialogue, read_dialogues
from pipeline.errors import DialogueError

GOOD = """
- id: D1
  title: 查订单
  must: [{item_or_rule: midcall-dead-air, by_s: 9}]
  facts: {company: 翠湖物业, direction: inbound, holiday: 元旦}
  lines:
  - {who: agent, start_s: 0.5, end_s: 3.0, text: 您好，翠湖物业}
  - {who: customer, start_s: 2.8, end_s: 5.0, text: 你好, level_dbfs: -30}
"""


def _read(tmp_path: Path, text: str) -> tuple[Dialogue, ...]:
    path = tmp_path / "calls.yaml"
    path.write_text(text, encoding="utf-8")
    return read_dialogues(path, Dialogue)


def test_what_is_wanted_of_a_dialogue_is_left_to_whoever_judges_it(tmp_path: Path) -> None:
    (dialogue,) = _read(tmp_path, GOOD)
    assert (dialogue.id, len(dialogue.lines), dialogue.lines[1].level_dbfs) == ("D1", 2, -30)
    assert dialogue.call_facts.company == "翠湖物业"
    assert dialogue.unused_facts == ["holiday"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("who: agent", "who: agnt", "lines.0.who is 'agnt'; wanted: Input should be 'agent', 'customer' or 'system'"),
        ("end_s: 3.0", "end_s: 0.4", "an end after its start at 0.5 s, not 0.4"),
        ("text: 您好，翠湖物业", "text: ''", "lines.0.text is ''"),
        ("end_s: 3.0", "end_s: .nan", "lines.0.end_s is"),
        ("end_s: 3.0", "end_s: 0.55", "a line of 100 ms or more at 0.5 s; less is no turn"),
        ("- id: D1", '- id: "D\\e[2J"', "id is 'D\\x1b[2J'; wanted: a text on one line"),
        ("holiday: 元旦", "started_at: yesterday", "started_at is 'yesterday'; it must be like 2026"),
        ("holiday: 元旦", "started_at: '2026-11-22T09:30:00'", "it must be like 2026-11-22T09:30:00+08:00"),
        ("who: customer", "who: agent", "lines of agent one after another; that at 2.8 s begins too early"),
        ("  title: 查订单\n", "  title: 查订单\n  lines: []\n", "'lines' stands there twice"),
        ("direction: inbound", "direction: sideways", "direction is 'sideways'"),
        ("facts: {company: 翠湖物业, direction: inbound, holiday: 元旦}", "facts: x", "facts is 'x'"),
        ("- id: D1\n", "- name: D1\n", "dialogue no. 1: id is missing"),
        ("- id: D1", "id: D1", ""),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(DialogueError) as raised:
        _read(tmp_path, GOOD.replace(old, new))
    assert told in str(raised.value)
    assert str(raised.value).startswith(str(tmp_path / "calls.yaml"))
    assert "\n" not in str(raised.value)


def test_as_many_lines_as_a_dialogue_may_have_are_read_with_all_their_fields(tmp_path: Path) -> None:
    line = (
        "  - {{who: agent, start_s: {0}, end_s: {0}.5, text: 好, level_dbfs: -30, snr_db: 20, asr_confidence: 0.9}}\n"
    )
    (dialogue,) = _read(tmp_path, "- id: D\n  lines:\n" + "".join(map(line.format, range(2, 10_002, 2))))
    assert len(dialogue.lines) == 5_000
