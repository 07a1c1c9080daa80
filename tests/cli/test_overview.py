"""Many files end with one table on the terminal, and with --csv in a file."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from pipeline.cli.show import show_overview, show_report
from pipeline.errors import SettingsError, StoreError
from pipeline.reports.overview import COLUMNS, check_csv, write_csv


def _item(title: str, verdict: str, weight: int, fatal: bool = False, note: str = "", withheld: int = 0) -> Any:
    return {
        "rule": "some-rule", "title": title, "verdict": verdict, "weight": weight, "fatal": fatal, "evidence": [],
        "note": note, "withheld": withheld,
    }  # fmt: skip


def _result(file: str, total: float | None, items: list[Any], **score: Any) -> dict[str, Any]:
    basis: dict[str, Any] = {
        "total": total, "unscored_reason": "", "assessed": 34, "offered": 68, "fatal": 0, "to_confirm": 0,
        "lost_share": 0.0, "assessed_by_words": 20, "groups": {}, "items": items,
    }  # fmt: skip
    empty: dict[str, Any] = {"turns": [], "silences": [], "notices": [], "channels": [], "pace": {}, "pitch": {}}
    return {
        **empty, "file": file, "duration_ms": 83_400, "engine": "small", "words_trust": None, "level": {},
        "rulebook": {"id": "handbook", "version": "1"}, "hints": [], "score": {**basis, **score},
    }  # fmt: skip


GOOD = _result("a.wav", 91.5, [_item("自报家门", "met", 6), _item("等待后致歉", "not_applicable", 4)])
BAD = _result(
    "b.wav", 40.0,
    [
        _item("通话中冷场", "missed", 10, note="2 次", withheld=1),
        _item("禁言：我们可不负责", "to_confirm", 5, fatal=True),
    ],
    to_confirm=1, lost_share=0.12,
)  # fmt: skip
SHORT = _result("=c.wav", None, [], unscored_reason="too_short", assessed=10, offered=10, assessed_by_words=4)
BROKEN = {"file": "broken.wav", "error": "no audio in it"}


def _printed(show: Any, given: Any) -> str:
    out = io.StringIO()
    show(Console(file=out, width=120), given)
    return out.getvalue()


def test_one_table_ends_a_run_and_errors_stand_last() -> None:
    lines = _printed(show_overview, [BROKEN, GOOD, BAD, SHORT]).splitlines()
    assert [line.split() for line in lines] == [
        ["共", "4", "个文件"],
        ["文件", "时长", "得分", "评了", "提示", "最差一项"],
        ["a.wav", "01:23", "92", "50%", "0"],
        ["b.wav", "01:23", "40", "50%", "0", "待确认", "禁言：我们可不负责"],
        ["=c.wav", "01:23", "未评分", "100%", "0"],
        ["broken.wav", "出错", "no", "audio", "in", "it"],
    ]


def test_the_card_says_what_it_rests_on_in_chinese_and_folds_what_did_not_apply() -> None:
    told = _printed(show_report, BAD)
    assert "得分 40 / 100（评了 34 / 68 分，其中 20 分按文字，待确认 1 项，声音缺失 12%）" in told
    assert "2 次，1 次未提示" in told
    assert "some-rule" not in told
    told = _printed(show_report, GOOD)
    assert [line.split() for line in told.splitlines()[-2:]] == [["达标", "自报家门", "6"], ["不适用", "1", "项"]]
    assert "未评分：通话太短（评了 10 / 10 分，其中 4 分按文字）" in _printed(show_report, SHORT)


@pytest.mark.parametrize(
    ("trust", "told"),
    [(None, "准确度未测量"), ({"good_for": "hints"}, "供提示，不足以评分"), ({"good_for": "scores"}, "可供提示和评分")],
)
def test_what_words_may_be_trusted_with_stands_beside_who_heard_them(trust: Any, told: str) -> None:
    assert f"文字 small（{told}）" in _printed(show_report, {**GOOD, "words_trust": trust})


def test_the_same_in_a_file_for_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    write_csv(path, [BROKEN, GOOD, BAD, SHORT])
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert [row["file"] for row in rows] == ["a.wav", "b.wav", "'=c.wav", "broken.wav"]
    assert (rows[1]["score"], rows[1]["worst"], rows[1]["lost_share"]) == ("40.0", "禁言：我们可不负责", "0.12")
    assert (rows[0]["assessed"], rows[0]["offered"], rows[0]["duration_s"]) == ("34", "68", "83.4")
    assert (rows[2]["score"], rows[2]["unscored_reason"]) == ("", "too_short")
    assert (rows[3]["error"], rows[3]["score"]) == ("no audio in it", "")
    check_csv(path)  # one of ours may be replaced


def test_nothing_else_is_replaced(tmp_path: Path) -> None:
    recording = tmp_path / "a.wav"
    recording.write_bytes(b"RIFF....WAVE")
    with pytest.raises(SettingsError, match="is no table of callcoach score"):
        check_csv(recording)
    with pytest.raises(SettingsError, match="there is no folder"):
        check_csv(tmp_path / "nowhere" / "x.csv")
    with pytest.raises(StoreError, match="cannot be written"):
        write_csv(tmp_path, [GOOD])
    assert COLUMNS[0] == "file"
