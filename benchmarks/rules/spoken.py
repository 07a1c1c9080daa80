"""Labelled dialogues, spoken and heard: the hints that came of it, whether they are right, and the words behind them.

    python -m benchmarks.rules.spoken SOUND [--voices DIR] --model DIR [--only O03,O08|all] [--json FILE]

SOUND is a folder: natural voices (models/voices.py) speak the calls that are not there yet. Without --model that is
all. Every call is heard through the whole pipeline, as `callcoach score` does, with its dialogue's facts and hour.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.asr.errors import edits, han
from benchmarks.asr.natural import Voices
from benchmarks.rules.dialogues import HERE, Dialogue, read_dialogues
from benchmarks.rules.judging import Finding, Judge
from benchmarks.rules.speech import VOICES, Speaker, render
from models.voices import folder
from pipeline.asr.engine.fair_queue import QueueSettings
from pipeline.asr.engine.scheduler import SchedulerSettings
from pipeline.asr.engine.transcribers import load_transcriber
from pipeline.asr.text.normalisation import read_aloud
from pipeline.audio.sources.file import FileSource
from pipeline.call import listen
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.words import WordsHeard
from pipeline.folders import bundled
from pipeline.ports import Transcriber
from pipeline.session.buses import NoBus
from pipeline.session.session import Session
from pipeline.settings import CallSettings
from pipeline.store.memory import MemoryStore

TEN = "O02,O03,O05,O08,O10,O11,O12,O18,O23,O26"
WIDE = 230  # columns, where the table is written to a file
COLOURS = {
    "right": "green",
    "wrong": "red",
    "untimely": "yellow",
    "missed": "yellow",
    "extra": "magenta",
    "not judged": "dim",
}


@dataclass(frozen=True)
class Result:
    """One dialogue: what became of it, and its words wrong of how many characters, both sides."""

    dialogue: str
    findings: list[Finding]
    errors: int
    characters: int


def hear(dialogue: Dialogue, path: Path, transcriber: Transcriber, rulebook: Rulebook) -> list[Event]:
    """The records of the call, as they are kept."""
    source, store = FileSource(path, facts=dialogue.call_facts), MemoryStore()
    settings, started_at = CallSettings(), dialogue.started_at
    call = listen(source, transcriber, rulebook, settings, call_id=dialogue.id, started_at=started_at)
    Session(dialogue.id, store, NoBus()).run(call)
    return [record.event for record in store.read(dialogue.id)]


def words_wrong(dialogue: Dialogue, events: Sequence[Event]) -> tuple[int, int]:
    """Edits and characters, as read aloud. Each side on its own, so that whose words come first does not matter."""
    wrong = characters = 0
    for side in (Channel.AGENT, Channel.CUSTOMER):
        heard = sorted((e for e in events if isinstance(e, WordsHeard) and e.channel is side), key=lambda e: e.start_ms)
        said = _plain("".join(line.text for line in dialogue.lines if line.who == side))
        wrong += edits(said, _plain("".join(e.text for e in heard)))
        characters += len(said)
    return wrong, characters


def _plain(text: str) -> str:
    return han(read_aloud(text))


def show(results: Sequence[Result]) -> None:
    console = Console()
    console = console if console.is_terminal else Console(width=WIDE)
    table = Table("call", "", "what", "at s", "say", "words heard", "note", title="Spoken dialogues")
    for result in results:
        for f in result.findings:
            at = "" if f.at_s is None else f"{f.at_s:.1f}"
            judged = f"[{COLOURS[f.judgement]}]{f.judgement}[/]"
            table.add_row(result.dialogue, judged, f.what, at, f.say, f.heard, f.note)
        table.add_row(result.dialogue, "", "CER", "", "", f"{_percent(result):.1f} % of {result.characters}", "")
        table.add_section()
    console.print(table)
    counts = {kind: Counter(f.judgement for r in results for f in r.findings if f.what.startswith("hint") is kind)
              for kind in (True, False)}  # fmt: skip
    for kind, name in ((True, "hints"), (False, "scripts, phases, card")):
        console.print(f"{name}: " + ", ".join(f"{count} {judged}" for judged, count in counts[kind].most_common()))
    wrong, characters = sum(r.errors for r in results), sum(r.characters for r in results)
    console.print(f"CER: {100 * wrong / characters:.1f} % of {characters} characters")


def _percent(result: Result) -> float:
    return 100 * result.errors / result.characters


def spoken(parser: argparse.ArgumentParser, options: argparse.Namespace) -> list[tuple[Dialogue, Path]]:
    """The dialogues that are wanted and their sound, made where it is not there."""
    known = read_dialogues(options.dialogues)
    wanted = [d.id for d in known] if options.only == "all" else options.only.split(",")
    if unknown := set(wanted) - {d.id for d in known}:
        parser.error(f"no dialogue {', '.join(sorted(unknown))} in {options.dialogues}")
    # A dialogue keeps its voices, whichever others are spoken.
    calls = [
        (d, VOICES[at % len(VOICES)], options.sound / f"{d.id}.wav") for at, d in enumerate(known) if d.id in wanted
    ]
    if any(not path.exists() for _, _, path in calls):
        speaker = Speaker(Voices(options.voices), options.sound)
        for dialogue, voices, path in calls:
            if not path.exists():
                render(dialogue, speaker, voices)
                print(path, file=sys.stderr, flush=True)
    return [(dialogue, path) for dialogue, _, path in calls]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sound", type=Path, help="folder of the calls")
    parser.add_argument(
        "--voices", type=Path, default=folder(), help="natural voices, fetched where they are not there"
    )
    parser.add_argument("--model", help="name or folder of the recogniser's weights")
    parser.add_argument("--only", default=TEN, help="dialogues, separated by commas, or all")
    parser.add_argument("--dialogues", type=Path, default=HERE / "dialogues.yaml")
    parser.add_argument("--rulebook", type=Path, default=bundled("rules", "handbook.yaml"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    calls = spoken(parser, options)
    if options.model is None:
        return
    rulebook = load_rulebook(options.rulebook)
    # One by one, as `score`: twice heard is twice the same. On a busy machine a worker that takes minutes is not stuck.
    patient = SchedulerSettings(queue=QueueSettings(batch=1), stuck_ms=600_000)
    transcriber = load_transcriber(options.model, patient)
    results = []
    for dialogue, path in calls:
        events = hear(dialogue, path, transcriber, rulebook)
        judge = Judge(dialogue, rulebook, events)
        results.append(Result(dialogue.id, judge.findings(), *words_wrong(dialogue, events)))
    show(results)
    if options.json:
        told = [asdict(result) for result in results]
        options.json.write_text(json.dumps(told, indent=2, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
