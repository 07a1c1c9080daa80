"""Progress bars with the time left, where somebody is looking."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from pipeline.audio.sources.files.recording import likely_ms
from pipeline.cli.recordings import Recording
from pipeline.cli.scoring import Json, ScoreOptions, score_all

_COLUMNS = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))


def score_with_progress(recordings: Sequence[Recording], options: ScoreOptions, jobs: int) -> Iterator[Json]:
    if not sys.stderr.isatty():
        yield from score_all(recordings, options, jobs, lambda _: None)
        return
    lengths = [likely_ms(recording.path) for recording in recordings]
    with _bar() as bar:
        task, reached_ms = bar.add_task("scoring", total=sum(lengths)), 0
        results = score_all(recordings, options, jobs, lambda ms: bar.advance(task, ms))
        for done, (result, length_ms) in enumerate(zip(results, lengths, strict=True), start=1):
            reached_ms += length_ms  # also of what could not be scored, or was stored before
            bar.update(task, description=f"scoring {done}/{len(recordings)}", completed=reached_ms)
            yield result


@contextmanager
def counted(what: str) -> Iterator[Callable[[int, int], None]]:
    """A function to be told how many of how many are done."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    with _bar() as bar:
        task = bar.add_task(what)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _bar() -> Progress:
    return Progress(*_COLUMNS, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
