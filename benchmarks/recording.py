"""Formats for a recording: time, size, and how much scoring it again changes.

    python -m benchmarks.recording [--file CALL] [--corpus DIR] [--rounds N] [--json FILE]

Each call is brought to what the live recorder leaves (16 kHz, 16 bit WAV), encoded, and scored again with the demo
model; the WAV's own score is the truth. A corpus is a folder with manifest.csv: taken are its two-channel calls, the
call whose sides are two files, and read sentences put on two channels in turn.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from rich.console import Console
from rich.table import Table

from pipeline.asr.engine.transcribers import load_transcriber
from pipeline.audio.sources.file import FileSource
from pipeline.audio.sources.files.recording import Recording
from pipeline.call import listen
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.events.call import CallFacts
from pipeline.folders import bundled
from pipeline.ports import SAMPLE_RATE_HZ, Pcm, Transcriber
from pipeline.reports.call_report import report
from pipeline.session.buses import NoBus
from pipeline.session.session import Session
from pipeline.settings import CallSettings
from pipeline.store.memory import MemoryStore

ROOT = Path(__file__).resolve().parents[1]
FRAMES = 1 << 16
READ_S, PAUSE_S = 60, 0.8  # length of a call of read sentences, and pause between them


@dataclass(frozen=True, slots=True)
class Form:
    """One way to keep a recording, by libsndfile as the product has it."""

    name: str
    suffix: str
    container: str
    coding: str
    rate_hz: int = SAMPLE_RATE_HZ
    level: float | None = None  # of compression, 0 to 1; None is libsndfile's own


FORMS = (
    Form("WAV", ".wav", "WAV", "PCM_16"),
    Form("FLAC", ".flac", "FLAC", "PCM_16"),
    Form("FLAC, level 8", ".flac", "FLAC", "PCM_16", level=1.0),
    Form("Opus 16 kHz", ".opus", "OGG", "OPUS"),
    Form("Opus 48 kHz", ".opus", "OGG", "OPUS", rate_hz=48_000),
    Form("MP3", ".mp3", "MP3", "MPEG_LAYER_III"),
)


def calls(file: Path | None, corpus: Path | None) -> Iterator[tuple[str, Pcm]]:
    """Names and samples of shape (n, 2)."""
    if file is not None or corpus is None:
        path = file or bundled("demo", "call.opus")
        yield path.name, read(path)
    if corpus is None:
        return
    with (corpus / "manifest.csv").open(encoding="utf-8") as manifest:
        rows = [row for row in csv.DictReader(manifest) if row["group"].startswith(("calls", "zh_read"))]
    for row in rows:
        if row["channels"] == "2":
            yield Path(row["path"]).name, read(corpus / row["path"])
    for agent in sorted(corpus.glob("calls/*/*_agent.wav")):
        sides = read(agent), read(agent.with_name(agent.name.replace("_agent", "_caller")))
        count = min(map(len, sides))
        yield agent.name.replace("_agent", ""), np.hstack([side[:count] for side in sides])
    yield (
        "read sentences",
        in_turn([corpus / row["path"] for row in rows if row["group"].startswith("zh_read/aishell1")]),
    )


def read(path: Path) -> Pcm:
    return np.concatenate(list(Recording(path).blocks()))


def in_turn(paths: list[Path]) -> Pcm:
    pieces: list[Pcm] = []
    for number, path in enumerate(paths):
        if sum(map(len, pieces)) > READ_S * SAMPLE_RATE_HZ:
            break
        spoken = read(path)
        piece = np.zeros((len(spoken) + int(PAUSE_S * SAMPLE_RATE_HZ), 2), np.int16)
        piece[: len(spoken), number % 2] = spoken[:, 0]
        pieces.append(piece)
    return np.concatenate(pieces)


def encode(pcm: Pcm, form: Form, folder: Path) -> Path:
    path = folder / f"call{form.suffix}"
    options = {} if form.level is None else {"compression_level": form.level}
    resampler = soxr.ResampleStream(SAMPLE_RATE_HZ, form.rate_hz, pcm.shape[1], dtype="float32")
    with soundfile.SoundFile(
        path, "w", form.rate_hz, pcm.shape[1], form.coding, format=form.container, **options
    ) as out:
        for begin in range(0, len(pcm), FRAMES):
            block = pcm[begin : begin + FRAMES]
            if form.coding == "PCM_16":
                out.write(block)
                continue
            floats = block / np.float32(32_768)  # of int16, libsndfile 1.2.2 makes noise in a stereo MP3
            if form.rate_hz != SAMPLE_RATE_HZ:
                floats = resampler.resample_chunk(floats, last=begin + FRAMES >= len(pcm))
            out.write(floats)
    return path


def cpu_ms(work: Callable[[], object], rounds: int) -> float:
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return 1_000 * statistics.median(spent)


def score(path: Path, transcriber: Transcriber) -> Any:
    rulebook = load_rulebook(bundled("rules", "handbook.yaml"))
    source = FileSource(path, facts=CallFacts())
    events = listen(source, transcriber, rulebook, CallSettings(), call_id="bench", started_at="")
    store = MemoryStore()
    Session("bench", store, NoBus()).run(events)
    return report("bench", store.read("bench"))


def changes(truth: Any, again: Any) -> dict[str, Any]:
    """Differences: turns, their borders, the variation of pitch, the text, the hints and the total."""
    sides = truth["channels"]
    borders, missing = [], 0
    for side in sides:
        was, now = ([turn for turn in scored["turns"] if turn["channel"] == side] for scored in (truth, again))
        missing += abs(len(was) - len(now))
        if len(was) == len(now):
            for one, other in zip(was, now, strict=True):
                borders += [abs(one[edge] - other[edge]) for edge in ("start_ms", "end_ms")]
    spreads = [
        abs(truth["pitch"][side]["sd_semitones"] - again["pitch"][side]["sd_semitones"])
        for side in sides if truth["pitch"][side] and again["pitch"][side]
    ]  # fmt: skip
    texts = [(truth["text"].get(side, ""), again["text"].get(side, "")) for side in sides]
    wrong, length = sum(distance(*pair) for pair in texts), sum(len(was) for was, _ in texts)
    return {
        "turns": len(truth["turns"]), "turns_more_or_less": missing,
        "border_ms": max(borders, default=0), "pitch_sd_st": round(max(spreads, default=0.0), 3),
        "text_percent": round(100 * wrong / length, 2) if length else None,
        "hints": len(again["hints"]) - len(truth["hints"]),
        "score": round(again["score"]["total"] - truth["score"]["total"], 1),
    }  # fmt: skip


def distance(was: str, now: str) -> int:
    """Levenshtein's, of characters."""
    row = list(range(len(now) + 1))
    for i, one in enumerate(was, start=1):
        above, row[0] = row[0], i
        for j, other in enumerate(now, start=1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (one != other))
    return row[-1]


def measure(name: str, pcm: Pcm, transcriber: Transcriber, rounds: int) -> Iterator[dict[str, Any]]:
    seconds = len(pcm) / SAMPLE_RATE_HZ
    truth: Any = None
    with tempfile.TemporaryDirectory() as folder:
        for form in FORMS:
            path = encode(pcm, form, Path(folder))
            encoding = cpu_ms(lambda form=form: encode(pcm, form, Path(folder)), rounds)  # type: ignore[misc]
            decoding = cpu_ms(lambda path=path: read(path), rounds)  # type: ignore[misc]
            frames = Recording(path).frames
            again = score(path, transcriber)
            truth = truth or again
            yield {
                "file": name, "seconds": round(seconds, 1), "form": form.name,
                "encode_ms_per_s": round(encoding / seconds, 2), "decode_ms_per_s": round(decoding / seconds, 2),
                "mb_per_hour": round(path.stat().st_size * 3_600 / seconds / 1e6, 1),
                "samples_more": frames * SAMPLE_RATE_HZ // form.rate_hz - len(pcm),
                **changes(truth, again),
            }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    transcriber = load_transcriber("demo")
    rows = [
        row for name, pcm in calls(options.file, options.corpus)
        for row in measure(name, pcm, transcriber, options.rounds)
    ]  # fmt: skip
    table = Table(
        "call", "s", "format", "encode ms/s", "decode ms/s", "MB/h", "samples ±", "turns", "turns ±", "border ms",
        "pitch SD st", "text %", "hints ±", "score ±", title="Formats of a recording, against the WAV scored",
    )  # fmt: skip
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console(width=160).print(table)
    if options.json:
        options.json.write_text(json.dumps({"rounds": options.rounds, "rows": rows}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
