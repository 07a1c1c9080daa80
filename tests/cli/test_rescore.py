"""`callcoach rescore`: the same rulebook gives the same again, another one what it says, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
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
from pipeline.people.team_settings import NEVER_SET, TeamSettings
from pipeline.store.audit import open_audit
from pipeline.store.sql import SqlStore

HANDBOOK = bundled("rules", "handbook.yaml")
CALL = "01a2b3c4-0000-7000-8000-000000000001"
LINES: list[dict[str, object]] = [
    {"who": "agent", "start_s": 0.8, "end_s": 6.0, "text": "您好，翠湖物业客服中心，请问有什么可以帮您？"},
    {"who": "customer", "start_s": 6.5, "end_s": 9.0, "text": "我家的水管什么时候修？"},
    {"who": "agent", "start_s": 16.0, "end_s": 17.4, "text": "这不关我的事。"},
    {"who": "customer", "start_s": 19.0, "end_s": 21.0, "text": "那我找谁？"},
]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Record]:
    return _kept(tmp_path, monkeypatch, "calls.db")


def _kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str, lines: list[dict[str, object]] = LINES
) -> list[Record]:
    monkeypatch.setenv("CALLCOACH_DATA", str(tmp_path))
    events = play(Dialogue.model_validate({"id": CALL, "lines": lines}), load_rulebook(HANDBOOK))
    store = SqlStore(tmp_path / database)
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
    store = SqlStore(tmp_path / "calls.db")
    assert store.read(CALL) == kept
    (row,) = open_audit(store.database, tmp_path, None, print).rows()
    assert (row.actor, row.action, row.object, row.address) == (None, "call.read", CALL, "here")
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


def test_a_kept_call_is_told_without_what_is_private_unless_its_team_has_that_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [*LINES[:2], {"who": "agent", "start_s": 16.0, "end_s": 19.0, "text": "这不关我的事，打13800138000。"}]
    records = _kept(tmp_path, monkeypatch, "calls.db", told)
    code, (result,), _ = _ran(CALL)
    assert code == 0
    assert "13800138000" not in json.dumps(result)
    assert "［手机号］" in json.dumps(result, ensure_ascii=False)
    monkeypatch.setattr(
        "pipeline.cli.rescoring.newest", lambda *_: replace(NEVER_SET, settings=TeamSettings(masking=False))
    )
    assert "13800138000" in json.dumps(_ran(CALL)[1])
    lines = tmp_path / "call.jsonl"
    lines.write_text("".join(f"{to_json(record)}\n" for record in records), encoding="utf-8")
    assert "13800138000" in json.dumps(_ran(str(lines))[1])


def test_what_is_no_call_is_told_and_the_others_are_scored(kept: list[Record], tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{}\n", encoding="utf-8")
    code, results, told = _ran("nobody", str(broken), CALL)
    assert code == 1
    assert ["error" in result for result in results] == [True, True, False]
    assert "no call of this id" in told
    assert "line 1 is no record of a call" in told


def test_calls_of_the_demo_are_found_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _kept(tmp_path, monkeypatch, "demo.db")
    code, (result,), _ = _ran(CALL)
    assert (code, result["file"]) == (0, CALL)
    code, _, told = _ran("nobody")
    assert code == 1
    assert "demo.db" in told


def _later(records: list[Record], number: int, at_ms: int) -> list[Record]:
    moved = replace(records[number], event=replace(records[number].event, at_ms=at_ms))
    return [*records[:number], moved, *records[number + 1 :]]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda kept: _later(kept, len(kept) - 1, 10**15), "a call lasts a day at most"),
        (lambda kept: _later(kept, 3, -20), "is at -20 ms"),
        (lambda kept: _later(kept, 3, 25_000), "after one at 25000 ms"),
        (lambda kept: kept[::-1], "record 1 has the number"),
        (lambda kept: [*kept, *kept], "has the number 1; they count from 1"),
        (lambda kept: kept[:3] + kept[4:], "record 4 has the number 5"),
        (lambda kept: [*kept, replace(kept[0], call_id="other")], "is of another call, 'other'"),
        (lambda kept: [*kept, Record(CALL, len(kept) + 1, kept[0].event)], "the call begins 2 times"),
    ],
)
def test_a_damaged_file_is_told_in_one_line(
    kept: list[Record], tmp_path: Path, damage: Callable[[list[Record]], list[Record]], said: str
) -> None:
    file = tmp_path / "call.jsonl"
    file.write_text("".join(to_json(record) + "\n" for record in damage(kept)), encoding="utf-8")
    code, (result,), told = _ran(str(file))
    assert code == 1
    assert said in str(result["error"])
    assert said in told
