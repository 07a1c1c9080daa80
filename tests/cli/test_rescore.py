"""`callcoach rescore`: the same rulebook gives the same again, another one what it says, and nothing is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.app import app
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.codec import to_json
from pipeline.dialogues.playing import play
from pipeline.dialogues.reading import Dialogue
from pipeline.events.record import Record
from pipeline.folders import bundled
from pipeline.store.sqlite import SqliteStore

HANDBOOK = bundled("rules", "handbook.yaml")
CALL = "01a2b3c4-0000-7000-8000-000000000001"
LINES = [
    {"who": "agent", "start_s": 0.8, "end_s": 6.0, "text": "您好，翠湖物业客服中心，请问有什么可以帮您？"},
    {"who": "customer", "start_s": 6.5, "end_s": 9.0, "text": "我家的水管什么时候修？"},
    {"who": "agent", "start_s": 16.0, "end_s": 17.4, "text": "这不关我的事。"},
    {"who": "customer", "start_s": 19.0, "end_s": 21.0, "text": "那我找谁？"},
]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    monkeypatch.setenv("CALLCOACH_DATA", str(tmp_path))
    events = play(Dialogue.model_validate({"id": CALL, "lines": LINES}), load_rulebook(HANDBOOK))
    store = SqliteStore(tmp_path / "calls.db")
    store.append(CALL, store.own(CALL), 1, events)
    records = store.read(CALL)
    store.close()
    return records


def _ran(*arguments: str) -> tuple[int, list[dict[str, object]], str]:
    ran = CliRunner().invoke(app, ["rescore", *arguments, "--json", "-"])
    return ran.exit_code, [json.loads(line) for line in ran.stdout.splitlines()], ran.stderr


@pytest.mark.parametrize("name", [CALL, CALL[:8]])
def test_the_same_rulebook_gives_the_same_again(kept: list[Record], name: str, tmp_path: Path) -> None:
    code, (result,), _ = _ran(name)
    before = result["before"]
    assert code == 0
    assert isinstance(before, dict)
    assert (before["score"], before["hints"]) == (result["score"], result["hints"])
    assert [hint["rule"] for hint in before["hints"]] == ["midcall-dead-air", "ban-none-of-my-business"]
    store = SqliteStore(tmp_path / "calls.db")
    assert store.read(CALL) == kept
    store.close()


def test_another_rulebook_says_what_it_says(kept: list[Record], tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    text = HANDBOOK.read_text(encoding="utf-8").replace('version: "', 'version: "ours-')
    assert "of: [both, agent]" in text
    rules.write_text(text.replace("of: [both, agent]", "of: [agent]"), encoding="utf-8")
    code, (result,), _ = _ran(CALL, "--rules", str(rules))
    assert code == 0
    assert [hint["rule"] for hint in result["hints"]] == ["ban-none-of-my-business"]  # type: ignore[attr-defined]


def test_a_file_of_records_will_do(kept: list[Record], tmp_path: Path) -> None:
    file = tmp_path / "call.jsonl"
    file.write_text("".join(to_json(record) + "\n" for record in kept), encoding="utf-8")
    code, (result,), _ = _ran(str(file))
    assert (code, result["file"]) == (0, str(file))


def test_what_is_no_call_is_told_and_the_others_are_scored(kept: list[Record], tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{}\n", encoding="utf-8")
    code, results, told = _ran("nobody", str(broken), CALL)
    assert code == 1
    assert ["error" in result for result in results] == [True, True, False]
    assert "no call of this id" in told
    assert "line 1 is no record of a call" in told
