"""Speak ``play.yaml`` into the demo call of natural voices (stereo 16 kHz: left agent, right customer).

    python demo/natural/make_call.py --voices DIR [--format opus|flac]

The call goes to pipeline/resources/demo, from where `callcoach demo` has it when Whisper hears it; the bundled model
does not know these voices yet and has a call of its own (demo/make_call.py). The voices are Kokoro-82M's (Apache-2.0)
and the office is made here, so the recording may be given away under this repository's licence.
``DIR`` has the natural voices (models/voices.py gets them); needs the ``train`` extra.
Both sides go through a telephone line: 300 to 3,400 Hz, 8 kHz, G.711. The office behind the agent is made here too:
its people are other voices of the same speaker, far away in a room that echoes, over the hiss of an air conditioner.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CALL = ROOT / "pipeline" / "resources" / "demo"
sys.path.insert(0, str(ROOT / "models" / "demo"))

from data import telephone  # noqa: E402  (found by the line above)
from natural import Speaker  # noqa: E402
from synth import SAMPLE_RATE_HZ, CharTime, Speech  # noqa: E402

CHANNELS = ("agent", "customer")
FADE_S = 0.03  # a voice that is cut off does not click
NOISE_SEED = 7
LINE_HZ = 8_000
ROOM_S = 0.6  # after which an echo in the office is 60 dB down


def make_call(play: dict[str, Any], speaker: Speaker) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """The call as float32 (samples, 2) and the truth of each line, times in milliseconds from its start."""
    placed: list[tuple[str, float, np.ndarray]] = []
    truth: list[dict[str, Any]] = []
    previous_end_s = previous_start_s = 0.0
    for line in play["lines"]:
        manner = {**play["voices"][line["who"]], **line}
        speech = _at_level(_say(speaker, manner), play["level_dbfs"])
        first_s, last_s = speech.chars[0].start_s, speech.chars[-1].end_s
        if "cut_in_s" in line:
            start_s = previous_start_s + line["cut_in_s"]
            _cut_off(placed, truth, at_s=start_s + line["overlap_s"])
        else:
            start_s = previous_end_s + line["gap_s"]
        placed.append((line["who"], start_s - first_s, speech.pcm))
        truth.append(_truth(line, speech.chars, offset_s=start_s - first_s))
        previous_start_s, previous_end_s = start_s, start_s + last_s - first_s
    end_s = max(line["end_ms"] for line in truth) / 1000 + play["tail_s"]
    call = _mix(placed, end_s)
    call[:, CHANNELS.index("agent")] += office(play["office"], speaker, len(call))
    rng = np.random.default_rng(NOISE_SEED)
    call += rng.normal(0, 10 ** (play["noise_dbfs"] / 20), call.shape)
    return np.stack([on_the_line(side) for side in call.T], axis=1), truth


def on_the_line(pcm: np.ndarray) -> np.ndarray:
    """One side through a telephone line: band, 8 kHz, the 8-bit steps of G.711; back at 16 kHz, as long as before."""
    narrow = soxr.resample(telephone(pcm, mu_law=False), SAMPLE_RATE_HZ, LINE_HZ)
    squeezed = np.sign(narrow) * np.log1p(255 * np.minimum(1, np.abs(narrow))) / np.log(256)
    steps = np.round(squeezed * 127) / 127
    wide = soxr.resample(np.sign(steps) * (256 ** np.abs(steps) - 1) / 255, LINE_HZ, SAMPLE_RATE_HZ)
    return np.resize(wide, len(pcm)).astype(np.float32)


def office(wanted: dict[str, Any], speaker: Speaker, size: int) -> np.ndarray:
    """Colleagues on the telephone, over and over, and an air conditioner: ``size`` samples at 16 kHz."""
    rng = np.random.default_rng(NOISE_SEED + 1)
    people = np.zeros(size)
    for person in wanted["people"]:
        said = _at_level(_say(speaker, person), 0.0).pcm
        at = int(rng.uniform(0, 4) * SAMPLE_RATE_HZ)
        while at < size:
            piece = said[: size - at]
            people[at : at + len(piece)] += piece
            at += len(said) + int(rng.uniform(2, 6) * SAMPLE_RATE_HZ)
    echo = rng.normal(0, 1, int(ROOM_S * SAMPLE_RATE_HZ))
    echo *= 10 ** (-3 * np.arange(len(echo)) / len(echo))
    length = size + len(echo)
    people = np.fft.irfft(np.fft.rfft(people, length) * np.fft.rfft(echo, length), length)[:size]
    hiss = np.fft.rfft(rng.normal(0, 1, size))
    hiss /= 1 + np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ) / 300
    air = np.fft.irfft(hiss, size)
    levels = ((people, wanted["people_dbfs"]), (air, wanted["air_dbfs"]))
    return sum((sound * 10 ** (dbfs / 20) / np.sqrt((sound**2).mean()) for sound, dbfs in levels), np.zeros(size))


def _say(speaker: Speaker, manner: dict[str, Any]) -> Speech:
    return speaker.speak(
        manner["say"], voice=manner["voice"], speed=manner["speed"], pitch_range=manner.get("range", 1.0)
    )


def _at_level(speech: Speech, level_dbfs: float) -> Speech:
    """Same loudness for each line, measured over the frames that are not pauses."""
    hop = SAMPLE_RATE_HZ // 50
    frames = speech.pcm[: len(speech.pcm) // hop * hop].reshape(-1, hop)
    power = (frames**2).mean(axis=1)
    spoken = power[power > 1e-3 * power.max()].mean()
    return Speech(speech.pcm * np.float32(10 ** (level_dbfs / 20) / np.sqrt(spoken)), speech.chars)


def _cut_off(placed: list[tuple[str, float, np.ndarray]], truth: list[dict[str, Any]], at_s: float) -> None:
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


def _mix(placed: list[tuple[str, float, np.ndarray]], end_s: float) -> np.ndarray:
    call = np.zeros((int(end_s * SAMPLE_RATE_HZ), 2))
    for who, start_s, pcm in placed:
        begin = round(start_s * SAMPLE_RATE_HZ)
        take = pcm[max(0, -begin) :][: len(call) - max(0, begin)]
        call[max(0, begin) : max(0, begin) + len(take), CHANNELS.index(who)] += take
    return call


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voices", type=Path, required=True)
    parser.add_argument("--format", choices=("opus", "flac"), default="opus")
    parser.add_argument("--out", type=Path, help="folder to write both into")
    args = parser.parse_args()
    play = yaml.safe_load((HERE / "play.yaml").read_text(encoding="utf-8"))
    call, truth = make_call(play, Speaker(args.voices))
    path = (args.out or CALL) / f"natural.{args.format}"
    kind = {"opus": ("OGG", "OPUS"), "flac": ("FLAC", "PCM_16")}[args.format]
    soundfile.write(path, call, SAMPLE_RATE_HZ, format=kind[0], subtype=kind[1])
    facts = {"sample_rate_hz": SAMPLE_RATE_HZ, "duration_ms": round(len(call) * 1000 / SAMPLE_RATE_HZ), "lines": truth}
    ((args.out or HERE) / "truth.json").write_text(_compact(facts), encoding="utf-8")
    print(f"{path.name}: {len(call) / SAMPLE_RATE_HZ:.1f} s, {path.stat().st_size / 1e6:.2f} MB, {len(truth)} lines")


def _compact(facts: dict[str, Any]) -> str:
    """JSON with one line of text per spoken line, so that a diff shows which line moved."""
    head = {k: v for k, v in facts.items() if k != "lines"}
    body = ",\n".join("  " + json.dumps(line, ensure_ascii=False) for line in facts["lines"])
    return json.dumps(head)[:-1] + ',\n "lines": [\n' + body + "\n]}\n"


if __name__ == "__main__":
    main()
