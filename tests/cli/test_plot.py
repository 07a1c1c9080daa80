"""`score --plot`: one picture a call."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, strategies as st

from pipeline.asr.engine.scheduler import SchedulerSettings
from pipeline.cli.choices import AsrChoice, rulebook_path
from pipeline.cli.recordings import Recording, plot_stems
from pipeline.cli.scoring import ScoreOptions, Scorer
from pipeline.errors import CallcoachError
from pipeline.events.turns import SilenceEnded, SilenceKind, SilenceStarted
from pipeline.reports.picture import han_font, silences, staggered
from pipeline.settings import CallSettings

KIND = next(iter(SilenceKind))


def _font_is_here() -> bool:
    try:
        han_font()
    except CallcoachError:
        return False
    return True


needs_font = pytest.mark.skipif(not _font_is_here(), reason="no Han font on this machine")


def test_a_silence_still_open_lasts_to_the_end() -> None:
    events = [SilenceStarted(1_000, 0, KIND, 5_000), SilenceEnded(3_000, 0, 3_000, KIND)]
    events.append(SilenceStarted(9_000, 8_000, KIND, 5_000))
    assert silences(events, 12_000) == [(0, 3_000, str(KIND)), (8_000, 12_000, str(KIND))]


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 50)), max_size=30).map(sorted))
def test_labels_of_one_row_never_overlap(labels: list[tuple[int, int]]) -> None:
    end = dict.fromkeys(range(3), -1)
    for (start, width), row in zip(labels, staggered(labels, 3), strict=True):
        if row is not None:
            assert start >= end[row]
            end[row] = start + width
        else:
            assert min(end.values()) > start


@needs_font
def test_two_runs_draw_the_same_bytes(tmp_path: Path) -> None:
    wav = tmp_path / "call.wav"
    tone = 0.2 * np.sin(2 * np.pi * 200 * np.arange(5 * 16_000) / 16_000)
    soundfile.write(wav, np.column_stack([tone, 0 * tone]), 16_000)
    options = ScoreOptions(rulebook_path(Path("handbook")), AsrChoice("none"), SchedulerSettings(), CallSettings())
    scorer = Scorer(options)
    drawn = []
    for stem in (tmp_path / "a" / "call", tmp_path / "b" / "call"):
        stem.parent.mkdir()
        result = scorer.score(Recording(wav, plot_stem=stem, started_at="2026-01-01T09:00:00+08:00"), lambda _: None)
        assert "error" not in result
        drawn.append((stem.with_suffix(".png").read_bytes(), stem.with_suffix(".svg").read_bytes()))
    assert drawn[0] == drawn[1]
    png, svg = drawn[0]
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (1753, 1240)  # A4 landscape at 150 dpi
    assert b"<svg" in svg
    assert b"<text" not in svg


@needs_font
def test_same_stem_does_not_overwrite(tmp_path: Path) -> None:
    assert [p.name for p in plot_stems(tmp_path, [Path("a/x.wav"), Path("b/x.wav")])] == ["x", "x-2"]
