"""`score --second-opinion`: librosa's pitch beside ours."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline.cli import extras
from pipeline.reports.contours import differences
from tests.cli.test_cli import _own_folder as _own_folder, call
from tests.cli.test_plot import needs_font

RATE_HZ = 16_000


def steps(*pieces: tuple[int, float]) -> Any:
    """A contour with a frame every 10 ms: so many frames of so many Hz each."""
    hz = np.concatenate([np.full(frames, value) for frames, value in pieces])
    return np.column_stack([25.0 + 10 * np.arange(len(hz)), hz])


def test_spans_that_differ_by_more_than_a_semitone() -> None:
    ours = steps((20, 200), (20, 200), (10, np.nan), (3, 100), (20, 150))
    second = steps((20, 205), (20, 100), (10, 100), (3, 200), (20, 150 * 2 ** (0.9 / 12)))
    assert differences(ours, second) == [
        {"start_ms": 225, "end_ms": 425, "median_hz": 200.0, "second_median_hz": 100.0}  # the 30 ms are a border's
    ]


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    """Two seconds of a voice at 150 Hz, which both hear alike."""
    t = np.arange(2 * RATE_HZ) / RATE_HZ
    buzz = sum(np.sin(2 * np.pi * 150 * k * t) / k for k in range(1, 20)) * (0.5 + 0.5 * np.sin(2 * np.pi * 4 * t))
    samples = np.concatenate([0.2 * buzz / np.abs(buzz).max(), np.zeros(RATE_HZ)])
    soundfile.write(tmp_path / "call.wav", np.column_stack([samples, np.zeros_like(samples)]), RATE_HZ)
    return tmp_path / "call.wav"


@needs_font
def test_it_is_drawn_and_told(voice: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("score", voice, "--model", "none", "--plot", "with", "--json", "-", "--second-opinion")
    assert call(monkeypatch, *arguments) == 0
    result = json.loads(capsys.readouterr().out)
    assert list(result)[-1] == "second_opinion"
    assert result["second_opinion"] == {"by": "librosa.pyin", "channel": "agent", "differs": []}
    assert call(monkeypatch, "score", voice, "--model", "none", "--plot", "without", "--json", "-") == 0
    assert "second_opinion" not in json.loads(capsys.readouterr().out)
    pictures = [Path(folder, "call.svg").read_bytes() for folder in ("with", "without")]
    assert b"#e8a33d" in pictures[0]
    assert b"#e8a33d" not in pictures[1]


@pytest.mark.parametrize("flags", [("--second-opinion",), ("--plot", "pictures")])
def test_without_the_extra_one_line_names_the_command(
    flags: tuple[str, ...], voice: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    assert call(monkeypatch, "score", voice, "--model", "none", *flags) == 1
    assert capsys.readouterr().err == (
        f"callcoach: {flags[0]} needs librosa and matplotlib: {sys.executable} -m pip install librosa matplotlib\n"
    )
