"""Writes the three calls of this folder with whatever callcoach lies in the working folder: see README.md.

python make.py FOLDER NAME    writes FOLDER/NAME-live.db, NAME-scored.db and NAME-interrupted.db

It is run with old code, so it keeps to what every callcoach so far has had; it is not run by any test.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import soundfile

from pipeline.audio.sources.file import FileSource
from pipeline.call import listen
from pipeline.cli.facts import load_facts
from pipeline.settings import CallSettings


def first_of(names: list[str], wanted: str) -> Any:
    """What is called `wanted` in the first of these modules that has it."""
    for name in names:
        try:
            return getattr(importlib.import_module(name), wanted)
        except (ModuleNotFoundError, AttributeError):
            continue
    raise SystemExit(f"this callcoach has no {wanted} where it is looked for")


class Events:
    """The events by their names, wherever they are kept."""

    def __getattr__(self, name: str) -> Any:
        rooms = ("call", "channels", "hints", "recording", "prompts")
        return first_of(["pipeline.events", *(f"pipeline.events.{room}" for room in rooms)], name)


events = Events()
load_rulebook = first_of(["pipeline.coach.rulebook.loading", "pipeline.coach.rulebook"], "load_rulebook")
RESOURCES = Path("pipeline/resources")
HANDBOOK, DEMO = (
    (RESOURCES / "rules/handbook.yaml", RESOURCES / "demo")
    if RESOURCES.exists()
    else (Path("rules/handbook.yaml"), Path("demo"))
)
SHOWN_ONLY = ("WordsGuessed", "ClockTicked", "RecordsWaiting")


class Live:
    """The recording with what pages, headset and recorder would have told during it."""

    def __init__(self, source: FileSource) -> None:
        self._source = source
        self.channels, self.facts, self.can_wait = source.channels, source.facts, True
        self.notices = getattr(source, "notices", ())
        self.hints: list[int] = []  # raised and not answered yet

    def __iter__(self) -> Iterator[Any]:
        changed = dataclasses.replace(self.facts, agent_id="0042", team="b", recording_consent=True)
        device = events.CaptureMeasured(0, events.Channel.AGENT, "Jabra Evolve2", events.Heard.YES, 31, 40, 0)
        told: dict[int, list[Any]] = {
            1_000: [device, events.RecordingStarted(0)],
            4_000: [events.FactsNoted(0, changed)],
            26_000: [events.RecordingStopped(0, "withdrawn")],
        }
        if importlib.util.find_spec("pipeline.events.prompts") is not None:
            told[2_000] = [events.PromptTold("queue", 1_500)]
        elif hasattr(importlib.import_module("pipeline.events"), "AnnouncementTold"):
            told[2_000] = [events.AnnouncementTold("queue", 1_500)]
        for piece in self._source:
            notes = told.get(piece.start_ms, [])
            for hint in self.hints:
                notes += [events.HintShown(0, hint), events.HintShown(0, hint, 81.5)]
                answer = events.HintDone(0, hint, "agent") if hint % 2 else events.HintDismissed(0, hint, False)
                notes.append(answer)
            self.hints.clear()
            yield dataclasses.replace(piece, notes=tuple(notes))


def hold(path: Path, source: Any, until_ms: int | None, learns: bool) -> None:
    store = _store(path, learns)
    call_id = "20261122-101500-1f2e" if learns else "ticket 4711"
    told = listen(
        source, _transcriber(), load_rulebook(HANDBOOK), CallSettings(),
        call_id=call_id, started_at="2026-11-22T10:15:00.250+08:00",
    )  # fmt: skip
    owner, seq = store.own(call_id) if hasattr(store, "own") else 0, 1
    for number, slice_events in enumerate(told):
        if until_ms is not None and number * 20 > until_ms:
            break
        if isinstance(source, Live):
            source.hints += [event.hint for event in slice_events if isinstance(event, events.HintRaised)]
        kept = [event for event in slice_events if type(event).__name__ not in SHOWN_ONLY]
        if hasattr(store, "own"):  # since schema 3 the writer numbers
            store.append(call_id, owner, seq, kept)
            seq += len(kept)
        else:
            store.append(call_id, kept)
    store.close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("VACUUM")
    connection.close()


def _store(path: Path, learns: bool) -> Any:
    try:
        store = importlib.import_module("pipeline.store.sql").SqlStore
    except ModuleNotFoundError:  # before schema 6
        store = importlib.import_module("pipeline.store.sqlite").SqliteStore
    try:
        baselines = importlib.import_module("pipeline.store.baselines")
    except ModuleNotFoundError:  # schema 1
        return store(path)
    return store(path, baselines.BaselineSettings(least_ms=2_000) if learns else None)


def _transcriber() -> Any:
    rooms = ["pipeline.asr.engine.transcribers", "pipeline.asr.transcribers", "pipeline.asr.whisper"]
    return first_of(rooms, "load_transcriber")("demo")


def main() -> None:
    folder, name = Path(sys.argv[1]), sys.argv[2]
    facts, _ = load_facts(DEMO / "facts.yaml")
    with tempfile.TemporaryDirectory() as temporary:
        sound = Path(temporary) / "call.wav"
        pcm, rate = soundfile.read(DEMO / "call.opus", dtype="int16")
        soundfile.write(sound, pcm[57 * rate : 89 * rate], rate)  # too fast, dead air, a banned answer
        named = dataclasses.replace(facts, agent_id="0042")
        hold(folder / f"{name}-live.db", Live(FileSource(sound, facts=named)), None, learns=True)
        hold(folder / f"{name}-scored.db", FileSource(sound, facts=facts), None, learns=False)
        hold(folder / f"{name}-interrupted.db", Live(FileSource(sound, facts=named)), 18_000, learns=True)


if __name__ == "__main__":
    main()
