"""What a call costs without Whisper: CPU per second of stereo audio, against Silero VAD alone in the same run.

    python -m benchmarks.speed [--corpus DIR] [--json FILE] [--rounds N]

The peer is faster-whisper's own Silero v6, frame by frame on both channels: what any live coach pays at the least.
Without a corpus the bundled demo call is measured; a corpus is a folder with manifest.csv, of which the two-channel
recordings are taken.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from pipeline.asr.whisper import NoTranscriber
from pipeline.audio.silero import CONTEXT, WINDOW, Silero, shared_silero
from pipeline.audio.sources.file import FileSource
from pipeline.call import listen
from pipeline.coach.rulebook import load_rulebook
from pipeline.errors import AudioError
from pipeline.events import CallFacts, Channel
from pipeline.ports import Slice, Source
from pipeline.settings import CallSettings

ROOT = Path(__file__).resolve().parents[1]


def recordings(corpus: Path | None) -> list[Path]:
    if corpus is None:
        return [next((ROOT / "demo").glob("call.*"))]
    with (corpus / "manifest.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row.get("channels") == "2" and "wav_formats" not in row["path"]]
    return [corpus / row["path"] for row in rows if float(row["seconds"]) >= 20]


def cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


@dataclass(frozen=True)
class Decoded:
    """Slices read beforehand: what a headset delivers costs no decoding."""

    channels: tuple[Channel, ...]
    slices: list[Slice]
    facts: CallFacts = field(default_factory=CallFacts)
    can_wait: bool = True

    def __iter__(self) -> Iterator[Slice]:
        return iter(self.slices)


def hear(source: Source) -> None:
    rulebook = load_rulebook(ROOT / "rules" / "handbook.yaml")
    for _ in listen(source, NoTranscriber(), rulebook, CallSettings(), call_id="bench", started_at=""):
        pass


def silero_frame_by_frame(slices: list[Slice]) -> None:
    silero = shared_silero()
    for channel in slices[0].pcm:
        samples = np.concatenate([s.pcm[channel] for s in slices]).astype(np.float32) / 32768
        state = Silero.fresh()
        for begin in range(CONTEXT, len(samples) - WINDOW, WINDOW):
            _, state = silero.probabilities(samples[None, begin - CONTEXT : begin + WINDOW], state)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rows = []
    for path in recordings(options.corpus):
        try:
            source = FileSource(path, facts=CallFacts())
        except AudioError as error:
            Console(stderr=True).print(str(error))
            continue
        seconds = source.duration_ms / 1000
        decoded = Decoded(source.channels, list(source))
        hear(decoded)  # warms caches and the model
        ours, peer = [], []
        for _ in range(options.rounds):
            ours.append(cpu(partial(hear, decoded)) * 1000 / seconds)
            peer.append(cpu(partial(silero_frame_by_frame, decoded.slices)) * 1000 / seconds)
        rows.append({
            "file": path.name, "seconds": round(seconds, 1),
            "listen_ms_per_s": round(statistics.median(ours), 2),
            "silero_ms_per_s": round(statistics.median(peer), 2),
            "ratio": round(statistics.median(ours) / statistics.median(peer), 2),
        })  # fmt: skip
    table = Table("file", "seconds", "listen() ms/s", "Silero alone ms/s", "ratio", title="CPU per second of call")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps({"rounds": options.rounds, "rows": rows}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
