"""A progress bar with the time left, in milliseconds of audio, where somebody is looking."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from pipeline.audio.sources.files.recording import likely_ms
from pipeline.cli.scoring import Json, Recording, ScoreOptions, score_all


def score_with_progress(recordings: Sequence[Recording], options: ScoreOptions, jobs: int) -> Iterator[Json]:
    if not sys.stderr.isatty():
        yield from score_all(recordings, options, jobs, lambda _: None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
    with bar:
        task = bar.add_task("scoring", total=sum(likely_ms(r.path) for r in recordings))
        results = score_all(recordings, options, jobs, lambda ms: bar.advance(task, ms))
        for done, result in enumerate(results, start=1):
            bar.update(task, description=f"scoring {done}/{len(recordings)}")
            yield result
