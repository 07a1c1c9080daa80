"""Measure the converted demo model on speech it was not trained on; prints a table, writes accuracy.json.

    python models/demo/evaluate.py [--clips 80] [--data DIR] [--sets demo_call quotes ...]

``--data``: the training data, so that no held-out sentence is by chance one of its texts.
Error rate: character edits over characters, Hanzi only. Times: start of each rightly heard character.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sentences
import words
from data import noise, telephone
from faster_whisper import WhisperModel
from recognise import Heard, edit_pairs, hanzi, padded, short
from synth import HELD_OUT_VARIANTS, SAMPLE_RATE_HZ, TRAIN_VARIANTS, speak

HERE = Path(__file__).resolve().parent
DEMO = HERE.parent.parent / "demo"
SEED = 20_001  # not a seed of the training data


@dataclass(frozen=True)
class Spoken:
    """One clip: 16 kHz float32, what was said, and when each Hanzi began."""

    pcm: np.ndarray
    text: str
    starts_s: tuple[float, ...]


def say(rng: random.Random, text: str, **manner: Any) -> Spoken:
    """``text`` in a drawn voice, a little silence around it, noise 30 dB down."""
    drawn = {
        "variant": rng.choice(TRAIN_VARIANTS),
        "speed": rng.randrange(130, 215),
        "pitch": rng.randrange(30, 71),
        "pitch_range": rng.randrange(40, 85),
    }
    speech = speak(text, **{**drawn, **manner})
    first_s, last_s = speech.chars[0].start_s, speech.chars[-1].end_s
    voice = speech.pcm[int(first_s * SAMPLE_RATE_HZ) : int(last_s * SAMPLE_RATE_HZ)]
    lead_s = rng.uniform(0.05, 0.3)
    pcm = np.concatenate([np.zeros(int(lead_s * SAMPLE_RATE_HZ)), voice, np.zeros(int(0.3 * SAMPLE_RATE_HZ))])
    pcm = pcm * (0.1 / np.sqrt((voice**2).mean()))
    pcm += noise(np.random.default_rng(rng.randrange(1 << 30)), len(pcm)) * 0.1 * 10 ** (-30 / 20)
    starts = tuple(c.start_s - first_s + lead_s for c in speech.chars if hanzi(c.char))
    return Spoken(pcm.astype(np.float32), text, starts)


def _draw(rng: random.Random, clips: int, known: frozenset[str], write: Callable[[random.Random], str]) -> list[str]:
    texts: list[str] = []
    while len(texts) < clips:
        text = write(rng)
        if text not in known and text not in texts:
            texts.append(text)
    return texts


def make_sets(clips: int, known: frozenset[str], wanted: list[str]) -> dict[str, list[Spoken]]:
    def held_out(rng: random.Random) -> list[str]:
        return _draw(rng, clips, known, lambda r: sentences.utterance(r, r.choice((1, 1, 2))))

    def one(rng: random.Random) -> list[str]:
        return _draw(rng, clips, known, sentences.sentence)

    makers: dict[str, Callable[[random.Random], list[Spoken]]] = {
        "held_out_sentences": lambda r: [say(r, t) for t in held_out(r)],
        "held_out_voices": lambda r: [say(r, t, variant=r.choice(HELD_OUT_VARIANTS)) for t in held_out(r)],
        "outside_templates": lambda r: [say(r, t) for t in sentences.OUTSIDE for _ in range(2)],
        "salad": lambda r: [say(r, t) for t in _draw(r, clips, known, sentences.salad)],
        "telephone": lambda r: [_telephoned(say(r, t)) for t in held_out(r)],
        "fast": lambda r: [say(r, t, speed=r.randrange(250, 266)) for t in held_out(r)],
        "monotone": lambda r: [say(r, t, pitch_range=0) for t in one(r)],
        "long_turns": lambda r: [say(r, sentences.utterance(r, 4)) for _ in range(clips // 4)],
        "quotes": lambda r: [say(r, q) for q in words.quotes()[:: max(1, len(words.quotes()) // clips)]],
        "demo_call": lambda r: demo_turns(),
    }
    chosen = wanted or list(makers)
    return {name: makers[name](random.Random(f"{SEED}/{name}")) for name in chosen}


def _telephoned(spoken: Spoken) -> Spoken:
    return Spoken(telephone(spoken.pcm), spoken.text, spoken.starts_s)


def demo_turns() -> list[Spoken]:
    """The demo call's lines, cut out by truth.json with 150 ms on either side."""
    import soundfile

    truth = json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))
    call, _ = soundfile.read(DEMO / "call.opus", dtype="float32")
    turns = []
    for line in truth["lines"]:
        begin_ms = max(0, line["start_ms"] - 150)
        pcm = call[begin_ms * 16 : (line["end_ms"] + 150) * 16, ("agent", "customer").index(line["channel"])]
        starts = tuple((c["start_ms"] - begin_ms) / 1000 for c in line["chars"] if hanzi(c["char"]))
        turns.append(Spoken(np.ascontiguousarray(pcm), line["text"], starts))
    return turns


def measure(clips: list[Spoken], hear: Callable[[np.ndarray], Heard], show: bool) -> dict[str, Any]:
    edits = characters = exact = 0
    errors_ms: list[float] = []
    began = time.process_time()
    for clip in clips:
        heard = hear(clip.pcm)
        wanted, got = hanzi(clip.text), hanzi(heard.text)
        distance, pairs = edit_pairs(wanted, got)
        edits, characters, exact = edits + distance, characters + len(wanted), exact + (distance == 0)
        if len(heard.times) == len(got) and len(clip.starts_s) == len(wanted):
            errors_ms += [1000 * abs(clip.starts_s[i] - heard.times[j][1]) for i, j in pairs]
        if show and distance:
            print(f"    {clip.text}\n -> {heard.text}")
    cpu_s = time.process_time() - began
    seconds = sum(len(c.pcm) for c in clips) / SAMPLE_RATE_HZ
    late = np.percentile(errors_ms, [50, 90]) if errors_ms else (float("nan"),) * 2
    return {
        "clips": len(clips),
        "characters": characters,
        "cer_percent": round(100 * edits / characters, 2),
        "exact_clips": exact,
        "time_error_ms_median": round(float(late[0])),
        "time_error_ms_p90": round(float(late[1])),
        "rtf": round(cpu_s / seconds, 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=HERE / "ct2")
    parser.add_argument("--clips", type=int, default=80, help="per set")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--sets", nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=HERE / "accuracy.json")
    parser.add_argument("--show", action="store_true", help="print each clip that was not heard rightly")
    args = parser.parse_args()
    known: set[str] = set()
    for path in sorted(args.data.glob("notes*.json")) if args.data else ():
        known |= {note["text"] for note in json.loads(path.read_text(encoding="utf-8"))}
    model = WhisperModel(str(args.model), device="cpu", compute_type="int8", cpu_threads=1)
    report: dict[str, Any] = {}
    print(f"{'set':20} {'window':7} {'clips':>5} {'CER %':>6} {'exact':>5} {'time ms p50/p90':>16} {'RTF':>7}")
    for name, clips in make_sets(args.clips, frozenset(known), args.sets).items():
        for way, hear in (("short", short), ("30 s", padded)):
            row = measure(clips, lambda pcm, hear=hear: hear(model, pcm), args.show and way == "short")
            report.setdefault(name, {})[way] = row
            times = f"{row['time_error_ms_median']}/{row['time_error_ms_p90']}"
            counts = f"{row['clips']:5} {row['cer_percent']:6.2f} {row['exact_clips']:5}"
            print(f"{name:20} {way:7} {counts} {times:>16} {row['rtf']:7.3f}", flush=True)
    args.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
