"""Dialogues as sound: every line at its time, on its side, at its level, and fitted to its length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.rules.dialogues import Dialogue
from benchmarks.rules.speech import Speaker, render
from pipeline.dialogues.reading import Line
from pipeline.ports import SAMPLE_RATE_HZ


class Noting:
    """In place of the natural voices: 4 characters a second at speed 1; notes what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, float]] = []

    def say(self, voice: str, text: str, speed: float = 1.0) -> np.ndarray:
        self.told.append((voice, text, speed))
        return 0.3 * np.sin(np.arange(int(SAMPLE_RATE_HZ * len(text) / 4 / speed)) / 7)


@pytest.fixture
def voices() -> Noting:
    return Noting()


@pytest.fixture
def speaker(tmp_path: Path, voices: Noting) -> Speaker:
    return Speaker(voices, tmp_path)  # type: ignore[arg-type]


def line(who: str, start_s: float, end_s: float, text: str, **more: float) -> Line:
    return Line.model_validate({"who": who, "start_s": start_s, "end_s": end_s, "text": text, **more})


def dialogue(*lines: Line) -> Dialogue:
    return Dialogue(id="T1", lines=lines)


def loud_s(side: np.ndarray) -> tuple[float, float]:
    loud = np.flatnonzero(np.abs(side) > 0.02) / SAMPLE_RATE_HZ
    return loud[0], loud[-1]


def test_a_line_is_heard_on_its_side_at_its_time_for_its_length(speaker: Speaker) -> None:
    lines = line("agent", 1.0, 3.0, "好的好的好的好的"), line("customer", 4.0, 5.0, "谢谢谢谢")
    path = render(dialogue(*lines), speaker, ("zf_xiaoyi", "zm_yunxi"))
    sides, rate_hz = soundfile.read(path)
    assert rate_hz == SAMPLE_RATE_HZ
    assert len(sides) == 6 * SAMPLE_RATE_HZ, "a second after the last word"
    assert loud_s(sides[:, 0]) == pytest.approx((1.0, 3.0), abs=0.16)
    assert loud_s(sides[:, 1]) == pytest.approx((4.0, 5.0), abs=0.08)


def test_what_was_said_once_is_kept(speaker: Speaker, voices: Noting) -> None:
    call = dialogue(line("agent", 1.0, 3.0, "好的好的好的好的"))
    first = render(call, speaker, ("zf_xiaoyi", "zm_yunxi")).read_bytes()
    told = list(voices.told)
    assert render(call, speaker, ("zf_xiaoyi", "zm_yunxi")).read_bytes() == first
    assert voices.told == told


def test_a_long_line_is_said_in_pieces_and_none_is_lost(speaker: Speaker, voices: Noting) -> None:
    speaker.say("zf_xiaoyi", "千兆宽带现在有三种套餐，" * 5, 15.0)
    assert {text for _, text, _ in voices.told} == {"千兆宽带现在有三种套餐，" * 3, "千兆宽带现在有三种套餐，" * 2}


def test_a_faint_customer_is_faint_and_the_call_ends_where_it_is_hung_up(speaker: Speaker) -> None:
    faint = line("customer", 1.0, 3.0, "听得见吗听得见吗", level_dbfs=-46.0, snr_db=5.0)
    path = render(dialogue(faint, line("system", 4.0, 4.4, "坐席挂机")), speaker, ("zf_xiaoyi", "zm_yunxi"))
    sides, _ = soundfile.read(path)
    assert len(sides) == 4 * SAMPLE_RATE_HZ
    spoken = sides[SAMPLE_RATE_HZ * 3 // 2 : SAMPLE_RATE_HZ * 5 // 2, 1]
    level_dbfs = 10 * np.log10(np.mean(spoken**2))
    assert level_dbfs == pytest.approx(-46.0 + 10 * np.log10(1 + 10**-0.5), abs=0.3), "with its noise"
