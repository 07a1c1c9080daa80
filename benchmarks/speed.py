"""CPU time of a call without Whisper, per second of stereo audio, against Silero VAD alone in the same run.

    python -m benchmarks.speed [--corpus DIR] [--minutes N] [--json FILE] [--rounds N]

The peer is faster-whisper's own Silero v6, frame by frame on both channels: the least that any live coach needs.
`voice` is our voice detector alone, whose target is 0.6 of that; `listen()` is the whole call, whose target is 1.2.
Calls a core are arithmetic, 1,000 over the milliseconds: plan on half. `shedding` is the whole call at the highest
level of overload. The stages take turns in every round; the figures are medians of the rounds.

Without a corpus the bundled demo call is measured. A corpus is a folder with manifest.csv: a long call is made of its
speech, and its two-channel recordings and pairs of *_agent and *_caller files are measured as they are. A busy machine
slows the products of a model down more than Python: only ratios of one run count, and they fall with its load.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy.corpus import Corpus
from benchmarks.spoken_call import spoken_call
from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.sources.file import FileSource, PairSource
from pipeline.audio.voice.silero import CONTEXT, WINDOW, Silero, shared_silero
from pipeline.audio.voice.vad import VadSettings, VoiceDetector
from pipeline.call import listen
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.errors import AudioError
from pipeline.events.call import CallFacts, SourceNotice
from pipeline.events.channels import Channel, Heard
from pipeline.folders import bundled
from pipeline.ports import SLICE_MS, SLICE_SAMPLES, Slice, Source
from pipeline.settings import CallSettings

ROOT = Path(__file__).resolve().parents[1]
RULEBOOK = load_rulebook(bundled("rules", "handbook.yaml"))


def recordings(corpus: Path | None, minutes: float) -> Iterator[tuple[str, Source]]:
    facts = CallFacts()
    if corpus is None:
        yield "demo call", FileSource(bundled("demo", "call.opus"), facts=facts)
        return
    if minutes:
        yield "spoken call", spoken(corpus, minutes)
    with (corpus / "manifest.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if float(row["seconds"] or 0) >= 20]
    for path in [corpus / row["path"] for row in rows if row["path"].startswith(("calls", "telephony"))]:
        try:
            if path.stem.endswith("_agent"):
                caller = path.with_stem(path.stem.removesuffix("_agent") + "_caller")
                yield path.stem.removesuffix("_agent"), PairSource(path, caller, facts=facts)
            elif len((source := FileSource(path, facts=facts)).channels) == 2:
                yield path.stem, source
        except AudioError as error:
            Console(stderr=True).print(str(error))


def cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


@dataclass(frozen=True)
class Decoded:
    """Slices decoded beforehand, as a headset delivers them."""

    channels: tuple[Channel, ...]
    slices: list[Slice]
    facts: CallFacts = field(default_factory=CallFacts)
    can_wait: bool = True
    notices: tuple[SourceNotice, ...] = ()

    def __iter__(self) -> Iterator[Slice]:
        return iter(self.slices)


def spoken(corpus: Path, minutes: float) -> Decoded:
    sides = spoken_call(Corpus(corpus), 60 * minutes)
    whole = np.stack(list(sides.values())).reshape(len(sides), -1, SLICE_SAMPLES)
    heard = dict.fromkeys(sides, Heard.YES)
    slices = [
        Slice(number * SLICE_MS, dict(zip(sides, whole[:, number], strict=True)), heard)
        for number in range(whole.shape[1])
    ]
    return Decoded(tuple(sides), slices)


def hear(source: Source) -> None:
    for _ in listen(source, NoTranscriber(), RULEBOOK, CallSettings(), call_id="bench", started_at=""):
        pass


def hear_shedding(source: Decoded) -> None:
    """The same at the highest level of overload, with what is left out then."""
    late = [replace(piece, behind_ms=10_000) for piece in source.slices]
    hear(replace(source, slices=late, can_wait=False))


def voice(slices: list[Slice]) -> None:
    for channel in slices[0].pcm:
        detector = VoiceDetector(VadSettings(), shared_silero())
        for piece in slices:
            detector.feed(piece.start_ms, piece.pcm[channel])


def silero_frame_by_frame(slices: list[Slice]) -> None:
    silero = shared_silero()
    for channel in slices[0].pcm:
        samples = np.concatenate([s.pcm[channel] for s in slices]).astype(np.float32) * np.float32(1 / 32768)
        state = Silero.fresh()
        for begin in range(CONTEXT, len(samples) - WINDOW, WINDOW):
            _, state = silero.probabilities(samples[None, begin - CONTEXT : begin + WINDOW], state)


def measured(name: str, source: Source, rounds: int) -> dict[str, str | float]:
    slices = list(source)
    seconds = len(slices) * SLICE_MS / 1000
    decoded = Decoded(source.channels, slices)
    work = {
        "voice": partial(voice, slices),
        "Silero": partial(silero_frame_by_frame, slices),
        "listen()": partial(hear, decoded),
        "shedding": partial(hear_shedding, decoded),
    }
    hear(decoded)  # warms caches and the model
    spent: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for stage, task in work.items():
            spent[stage].append(cpu(task) * 1000 / seconds)
    ms = {stage: statistics.median(times) for stage, times in spent.items()}
    return {
        "call": name, "seconds": round(seconds, 1), **{stage: round(value, 2) for stage, value in ms.items()},
        "voice / Silero": round(ms["voice"] / ms["Silero"], 2),
        "listen() / Silero": round(ms["listen()"] / ms["Silero"], 2),
        "shedding / listen()": round(ms["shedding"] / ms["listen()"], 2),
        "calls a core": round(1000 / ms["listen()"]),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--minutes", type=float, default=20.0, help="length of the call made of the corpus; 0: none")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rows = [measured(name, source, options.rounds) for name, source in recordings(options.corpus, options.minutes)]
    table = Table(*rows[0], title="CPU per second of call, milliseconds")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps({"rounds": options.rounds, "rows": rows}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
