"""The lines of a play on the two sides of a call, by their cues, and the truth of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

HERE = Path(__file__).resolve().parent
CALLS = HERE.parent / "pipeline" / "resources" / "demo"
sys.path.insert(0, str(HERE.parent / "models" / "demo"))

from synth import SAMPLE_RATE_HZ, CharTime, Speech  # noqa: E402  (found by the line above)

CHANNELS = ("agent", "customer")
FADE_S = 0.03  # a voice that is cut off does not click
NOISE_SEED = 7

Placed = tuple[str, float, np.ndarray]
"""Who speaks, from when in seconds, and the samples."""


def place(play: dict[str, Any], say: Callable[[dict[str, Any]], Speech]) -> tuple[list[Placed], list[dict[str, Any]]]:
    """Every line as ``say`` speaks it, and the truth of each, times in milliseconds from the call's start."""
    placed: list[Placed] = []
    truth: list[dict[str, Any]] = []
    previous_end_s = previous_start_s = 0.0
    for line in play["lines"]:
        manner = {**play["voices"][line["who"]], **line}
        speech = at_level(say(manner), play["level_dbfs"])
        first_s, last_s = speech.chars[0].start_s, speech.chars[-1].end_s
        if "cut_in_s" in line:
            start_s = previous_start_s + line["cut_in_s"]
            _cut_off(placed, truth, at_s=start_s + line["overlap_s"])
        else:
            start_s = previous_end_s + line["gap_s"]
        placed.append((line["who"], start_s - first_s, speech.pcm))
        truth.append(_truth(line, speech.chars, offset_s=start_s - first_s))
        previous_start_s, previous_end_s = start_s, start_s + last_s - first_s
    return placed, truth


def samples(truth: list[dict[str, Any]], tail_s: float) -> int:
    """Length of the call."""
    return int((max(line["end_ms"] for line in truth) / 1000 + tail_s) * SAMPLE_RATE_HZ)


def mix(placed: list[Placed], call: np.ndarray) -> None:
    """Adds the lines to ``call``, of shape (samples, 2)."""
    for who, start_s, pcm in placed:
        begin = round(start_s * SAMPLE_RATE_HZ)
        take = pcm[max(0, -begin) :][: len(call) - max(0, begin)]
        call[max(0, begin) : max(0, begin) + len(take), CHANNELS.index(who)] += take


def write(call: np.ndarray, truth: list[dict[str, Any]], path: Path, truth_folder: Path) -> None:
    """The call as Opus or FLAC, by the ending of ``path``, and ``truth.json``."""
    kind = {".opus": ("OGG", "OPUS"), ".flac": ("FLAC", "PCM_16")}[path.suffix]
    soundfile.write(path, call, SAMPLE_RATE_HZ, format=kind[0], subtype=kind[1])
    facts = {"sample_rate_hz": SAMPLE_RATE_HZ, "duration_ms": round(len(call) * 1000 / SAMPLE_RATE_HZ), "lines": truth}
    (truth_folder / "truth.json").write_text(_compact(facts), encoding="utf-8")
    print(f"{path.name}: {len(call) / SAMPLE_RATE_HZ:.1f} s, {path.stat().st_size / 1e6:.2f} MB, {len(truth)} lines")


def at_level(speech: Speech, level_dbfs: float) -> Speech:
    """Same loudness for each line, measured over the frames that are not pauses."""
    hop = SAMPLE_RATE_HZ // 50
    frames = speech.pcm[: len(speech.pcm) // hop * hop].reshape(-1, hop)
    power = (frames**2).mean(axis=1)
    spoken = power[power > 1e-3 * power.max()].mean()
    return Speech(speech.pcm * np.float32(10 ** (level_dbfs / 20) / np.sqrt(spoken)), speech.chars)


def _cut_off(placed: list[Placed], truth: list[dict[str, Any]], at_s: float) -> None:
    """The last speaker falls silent at ``at_s``; the truth keeps the characters that were begun."""
    who, start_s, pcm = placed[-1]
    pcm = pcm[: int((at_s - start_s) * SAMPLE_RATE_HZ)].copy()
    fade = int(FADE_S * SAMPLE_RATE_HZ)
    pcm[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    placed[-1] = (who, start_s, pcm)
    line, at_ms = truth[-1], round(at_s * 1000)
    kept = [c for c in line["chars"] if c["start_ms"] < at_ms]
    kept[-1] = {**kept[-1], "end_ms": min(at_ms, kept[-1]["end_ms"])}
    line |= {
        "text": line["text"][: kept[-1]["index"] + 1],
        "planned_text": line["text"],
        "end_ms": kept[-1]["end_ms"],
        "cut_off": True,
        "chars": kept,
    }


def _truth(line: dict[str, Any], chars: tuple[CharTime, ...], offset_s: float) -> dict[str, Any]:
    timed = [
        {
            "index": c.index,
            "char": c.char,
            "start_ms": round((c.start_s + offset_s) * 1000),
            "end_ms": round((c.end_s + offset_s) * 1000),
        }
        for c in chars
    ]
    return {
        "channel": line["who"],
        "text": line["say"],
        "start_ms": timed[0]["start_ms"],
        "end_ms": timed[-1]["end_ms"],
        "cut_off": False,
        "chars": timed,
    }


def _compact(facts: dict[str, Any]) -> str:
    """JSON with one line of text per spoken line, so that a diff shows which line moved."""
    head = {k: v for k, v in facts.items() if k != "lines"}
    body = ",\n".join("  " + json.dumps(line, ensure_ascii=False) for line in facts["lines"])
    return json.dumps(head)[:-1] + ',\n "lines": [\n' + body + "\n]}\n"
