"""The demo's week: a dozen calls before the live one, scored once by the same pipeline, in a process of their own.

The sound lies in pipeline/resources/demo/week, and with it what Whisper base heard in it when it was made
(demo/hear_week.py): nobody has to fetch a model to see scored calls, and all but the words is heard anew here.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.asr.engine.catalogue import known
from pipeline.asr.engine.recorded import RecordedTranscriber
from pipeline.asr.engine.scheduler import SchedulerSettings
from pipeline.audio.recording.recorder import RecordingSettings
from pipeline.cli.choices import AsrChoice, Choices, rulebook_path, say
from pipeline.cli.recordings import Recording
from pipeline.cli.scoring import ScoreOptions, Scorer, end_with_parent
from pipeline.cli.shelf import ShelfOptions
from pipeline.codec import facts_from
from pipeline.errors import CallcoachError
from pipeline.events.call import CallFacts
from pipeline.folders import bundled
from pipeline.settings import CallSettings
from pipeline.store.opening import StoreSettings

DEMO_CALLS = "demo.db"
DEMO_RECORDINGS = "demo-recordings"
HEARD_BY = "base"
WORDS = bundled("demo", "week", "words.jsonl")
_STAMP = "demo-week.json"
_LASTS = timedelta(days=7)  # then the week is told anew, as the last seven days
_NICE = 19  # the live call comes first, its recogniser too
_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class WeekCall:
    id: str
    title: str
    days_ago: int
    at: str  # time of day
    facts: CallFacts

    @property
    def path(self) -> Path:
        return bundled("demo", "week", f"{self.id}.opus")

    def recording(self, today: date, key: str) -> Recording:
        """Its milliseconds are of the key: what would be scored otherwise now is told otherwise, and replaced."""
        of_key = timedelta(milliseconds=int(key[:8], 16) % 1000)
        begun = datetime.fromisoformat(f"{today - timedelta(days=self.days_ago)}T{self.at}") + of_key
        started_at = begun.astimezone().isoformat(timespec="milliseconds")
        told = frozenset({"started_at"})
        return Recording(self.path, facts=self.facts, started_at=started_at, told=told, name=f"{self.title}.opus")


def calls_of_week() -> list[WeekCall]:
    listed: list[dict[str, Any]] = json.loads(bundled("demo", "week", "week.json").read_text(encoding="utf-8"))
    # No company is told: the recogniser of that day wrote the invented name in five ways, none of which is it.
    usual = CallFacts(timezone=_ZONE)
    return [
        WeekCall(one["id"], one["title"], one["days_ago"], one["at"], facts_from(one["facts"], usual, one["id"]))
        for one in listed
    ]


@dataclass(frozen=True, slots=True)
class WeekOptions:
    """Plain values: the process that scores opens its own."""

    folder: Path  # of the demo's data
    rulebook: Path
    settings: CallSettings
    recording: RecordingSettings

    @classmethod
    def of(cls, choices: Choices, folder: Path) -> WeekOptions:
        return cls(folder, rulebook_path(choices.coach.rulebook), choices.call, choices.recording)

    @property
    def stamp(self) -> Path:
        return self.folder / _STAMP

    def key(self) -> str:
        """Of all that decides what the calls become: sound, words, facts, rules, settings."""
        digest = hashlib.sha256(self.settings.digest().encode())
        files = sorted(bundled("demo", "week").iterdir())
        for file in [self.rulebook, *files]:
            digest.update(file.read_bytes())
        return digest.hexdigest()


class Week:
    """Scores what is not scored yet in the background, from `start` on."""

    def __init__(self, options: WeekOptions) -> None:
        self._options = options
        context = multiprocessing.get_context("spawn")  # forked copies of loaded models and threads hang
        self._process = context.Process(target=work, args=(options,), name="week", daemon=True)

    def start(self) -> bool:
        """False where the week is there already."""
        if is_scored(self._options, date.today()):
            return False
        say(f"{len(calls_of_week())} 通样例正在评分，评完一通列出一通")
        self._process.start()
        return True

    def stop(self) -> None:
        """What is half done is begun again by the next demo."""
        if self._process.is_alive():
            self._process.kill()


def work(options: WeekOptions) -> None:
    """The process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the demo ends it
    end_with_parent()
    with suppress(OSError, AttributeError):
        os.nice(_NICE)
    try:
        score_week(options, date.today(), say)
    except CallcoachError as error:
        say(f"the week's calls cannot be scored: {error}")


def is_scored(options: WeekOptions, today: date) -> bool:
    """Whether the week of the last seven days is there, as it would be scored now."""
    key, anchor = _stamped(options.stamp)
    return anchor is not None and key == options.key() and timedelta(0) <= today - anchor < _LASTS


def score_week(options: WeekOptions, today: date, tell: Callable[[str], None], only: str | None = None) -> int:
    """How many calls are new. `only`: the id of the one to score. Raises CallcoachError where nothing can be."""
    key = options.key()
    shelf = ShelfOptions(
        StoreSettings(), options.recording, options.folder, again=True, calls=DEMO_CALLS, sound=DEMO_RECORDINGS
    )  # fmt: skip
    common = ScoreOptions(options.rulebook, AsrChoice(), SchedulerSettings(), options.settings, shelf=shelf)
    model = known(HEARD_BY)
    scorer = Scorer(common, RecordedTranscriber(WORDS, f"whisper-{HEARD_BY}", model.trust if model else None))
    results = [
        scorer.score(call.recording(today, key), lambda ms: None) for call in calls_of_week() if only in (None, call.id)
    ]
    for result in results:
        if "error" in result:
            tell(f"{Path(result['file']).name}: {result['error']}")
    if only is None and not any("error" in result for result in results):
        options.stamp.write_text(json.dumps({"key": key, "day": today.isoformat()}) + "\n", encoding="utf-8")
        tell(f"{len(results)} 通样例已评分")
    return sum("duration_ms" in result for result in results)


def _stamped(file: Path) -> tuple[str, date | None]:
    """Of the week that was scored last; nothing where there is none, or nobody can read it."""
    try:
        stamp = json.loads(file.read_text(encoding="utf-8"))
        return str(stamp["key"]), date.fromisoformat(stamp["day"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", None
