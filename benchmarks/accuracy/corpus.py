"""The corpus: a folder with manifest.csv, or synthetic speech where there is none.

Clips are 16 kHz float in -1..1. Constants are fitted on `fitting` and tested on the rest: no speaker is in both.
"""

from __future__ import annotations

import csv
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from pipeline.ports import SAMPLE_RATE_HZ

Samples = NDArray[np.float64]


@dataclass(frozen=True)
class Clip:
    """One recording. `speaker` is its name in the corpus, or the folder where nothing is known."""

    path: Path
    group: str
    language: str
    transcript: str
    speaker: str
    rate_hz: int

    @cached_property
    def channels(self) -> list[Samples]:
        samples, rate_hz = soundfile.read(self.path, dtype="float64", always_2d=True)
        return [_resampled(column, rate_hz) for column in samples.T]

    @property
    def samples(self) -> Samples:
        return self.channels[0]

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ

    @property
    def is_for_fitting(self) -> bool:
        """About a third of the speakers, always the same ones."""
        return zlib.crc32(self.speaker.encode()) % 3 == 0


class Corpus:
    """A folder with manifest.csv (path, group, language, transcript, notes, ...). `pairs`: a folder for pairs.py."""

    def __init__(self, root: Path, pairs: Path | None = None) -> None:
        self.root = root
        self.pairs = pairs
        with (root / "manifest.csv").open(encoding="utf-8") as file:
            self._rows = [row for row in csv.DictReader(file) if (root / row["path"]).is_file()]

    def clips(self, group: str, language: str | None = None) -> Iterator[Clip]:
        """All whose path begins with `group`."""
        for row in self._rows:
            if row["path"].startswith(group) and language in (None, row["language"]):
                yield self._clip(row)

    def clip(self, path: str) -> Clip | None:
        """None where the corpus lacks it: its figure is then left out."""
        return next((self._clip(row) for row in self._rows if row["path"] == path), None)

    def read_mandarin(self, shortest_s: float = 0.0) -> list[Clip]:
        """Read sentences of many speakers with their text, no digits in Arabic, no other language in between."""
        groups = ("zh_read/aishell1", "zh_read/aishell3", "zh_read/thchs30")  # aishell1 matches two folders
        clips = [clip for group in groups for clip in self.clips(group)]
        return [clip for clip in clips if clip.transcript and clip.seconds >= shortest_s]

    def _clip(self, row: dict[str, str]) -> Clip:
        speaker = re.search(r"speaker (\w+)", row.get("notes", "")) or re.search(r"(S\d{4})W", row["path"])
        return Clip(
            self.root / row["path"], row["group"], row["language"], row["transcript"],
            speaker[1] if speaker else row["group"], int(row["sample_rate"] or 0),
        )  # fmt: skip


def _resampled(samples: Samples, rate_hz: int) -> Samples:
    if rate_hz == SAMPLE_RATE_HZ:
        return samples
    resampled: Samples = soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ, quality="HQ")
    return resampled
