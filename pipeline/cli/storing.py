"""`callcoach score --store`: recordings become calls; how many have, and how it goes on where it was stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.cli.choices import Choices, say
from pipeline.cli.people import HERE
from pipeline.cli.recordings import Recording
from pipeline.cli.results import ScoredOnes
from pipeline.cli.scoring import ScoreOptions
from pipeline.cli.shelf import ShelfOptions
from pipeline.errors import StoreError
from pipeline.folders import data_folder
from pipeline.people.permissions import Action
from pipeline.store.audit import open_audit
from pipeline.store.claim import claim
from pipeline.store.database import Database
from pipeline.store.deletion import Deletion
from pipeline.store.opening import CALLS, open_database


@dataclass(slots=True)
class _Counts:
    """What has become of recordings so far. `known`: calls before; `otherwise`: those told otherwise now."""

    stored: int = 0
    known: int = 0
    otherwise: int = 0
    teamless: int = 0
    refused: int = 0

    def count(self, result: dict[str, Any]) -> None:
        self.refused += "call_id" not in result
        if "duration_ms" in result:
            self.stored += 1
            self.teamless += result["team"] is None
        elif "call_id" in result:
            self.known += 1
            self.otherwise += "is_told_otherwise" in result

    def tell(self) -> None:
        if self.teamless:
            why = "no lead sees them, nor QA of a team; {team} in --names, or --facts, tells it"
            say(f"{self.teamless} of those stored have no team: {why}")
        if self.otherwise:
            how = "--again deletes these calls and makes new ones with what is told now"
            say(f"{self.otherwise} of those there already have another agent, team, direction or start: {how}")
        named = " (named above)" if self.refused else ""
        say(f"{self.stored} stored, {self.known} there already, {self.refused} not stored{named}")


def store_all(
    recordings: Sequence[Recording],
    options: ScoreOptions,
    choices: Choices,
    jobs: int,
    json_to: str | None,
    *,
    again: bool,
) -> bool:
    """True when every recording is a call now. `again`: as of ShelfOptions."""
    with _database(choices, data_folder()) as database:
        audit = open_audit(database, data_folder(), choices.audit, say)
        details = {"files": len(recordings), **({"again": True} if again else {})}
        audit.note(None, Action.CALL_IMPORT, None, HERE, details=details)
        options = replace(options, shelf=ShelfOptions(choices.store, choices.recording, data_folder(), again))
        oldest_first = sorted(recordings, key=lambda recording: recording.begun_s)  # as they would have come
        results, counts = ScoredOnes(oldest_first, options, jobs, json_to), _Counts()
        try:
            with closing(iter(results)) as found:
                for result in found:
                    counts.count(result)
                    if "call_id" in result and json_to != "-":
                        print(f"{result['call_id']}  {result['file']}", flush=True)
        except KeyboardInterrupt:
            done = counts.stored + counts.known
            left = len(recordings) - done - counts.refused
            say(f"stopped: {done} of {len(recordings)} are calls, {left} are left; the same command goes on from here")
            raise
        finally:
            if again:
                audit.keep_head()
                Deletion(database).clean()
    counts.tell()
    return results.are_good


@contextmanager
def _database(choices: Choices, folder: Path) -> Iterator[Database]:
    """On SQLite nobody else's meanwhile: a server that starts would delete what is half recorded."""
    with ExitStack() as held:
        if not choices.store.address:
            try:
                held.enter_context(claim(folder / CALLS))
            except StoreError as error:
                raise StoreError(f"{error}, or drop the recordings on its page /qa/import", error.cause) from None
        yield held.enter_context(closing(open_database(choices.store, folder)))
