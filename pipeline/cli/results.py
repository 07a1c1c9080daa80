"""What `callcoach score` has scored, as it comes: those that are none said, all written where JSON is wanted."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from pipeline.cli.choices import say
from pipeline.cli.output import Results
from pipeline.cli.progress import score_with_progress
from pipeline.cli.recordings import Recording
from pipeline.cli.scoring import ScoreOptions


class ScoredOnes:
    """`are_good`: every one so far could be scored and written."""

    def __init__(self, recordings: Sequence[Recording], options: ScoreOptions, jobs: int, json_to: str | None) -> None:
        self._run = recordings, options, jobs
        self._json_to = json_to
        self.are_good = True

    def __iter__(self) -> Generator[dict[str, Any]]:
        out = Results(self._json_to) if self._json_to is not None else None
        for result in score_with_progress(*self._run):
            if out is not None:
                out.write(result)
            if "error" in result:
                self.are_good = False
                say(f"{result['file']}: {result['error']}")
            yield result
        if out is not None:
            out.close()
            self.are_good = self.are_good and not out.failed
