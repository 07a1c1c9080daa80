"""Speak the scripts of ``week.yaml`` into the calls of the demo's week, and write ``week_truth.json``.

    python demo/make_week.py --voices DIR [--only ID]

Each call goes to pipeline/resources/demo/week as Ogg Opus (left agent, right customer), what is known of it into
week.json beside them. `hear_week.py` writes the words that go with the sound: run it after this. The voices, the
telephone line and the licence are those of make_call.py.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import yaml

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "models" / "demo")]

from lines import CALLS, NOISE_SEED, mix, place, samples  # noqa: E402  (found by the line above)
from make_call import on_the_line  # noqa: E402
from natural import Speaker  # noqa: E402
from synth import SAMPLE_RATE_HZ, CharTime, Speech  # noqa: E402

WEEK = CALLS / "week"
SMALLEST = 0.976  # compression level of libsndfile: about 24 kbit/s for both sides
TUNE_HZ = (523, 659, 784, 659, 587, 698, 880, 698)
NOTE_S = 0.4


def make_call(
    script: dict[str, Any], week: dict[str, Any], speaker: Speaker
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """The call as float32 (samples, 2), and who says what from when to when."""
    voices = {"agent": week["voices"][script["facts"]["agent_id"]], "customer": week["voices"][script["customer"]]}
    play = {"voices": voices, "level_dbfs": week["level_dbfs"], "lines": [_worded(line) for line in script["lines"]]}
    placed, truth = place(play, partial(_sound, speaker))
    call = np.zeros((samples(truth, week["tail_s"]), 2))
    mix(placed, call)
    rng = np.random.default_rng(NOISE_SEED)
    call += rng.normal(0, 10 ** (week["noise_dbfs"] / 20), call.shape)
    lines = [{key: line[key] for key in ("channel", "text", "start_ms", "end_ms")} for line in truth]
    return np.stack([on_the_line(side) for side in call.T], axis=1), lines


def _worded(line: dict[str, Any]) -> dict[str, Any]:
    return {"say": "", **line}


def _sound(speaker: Speaker, manner: dict[str, Any]) -> Speech:
    if "tune_s" in manner:
        return tune(manner["tune_s"])
    return speaker.speak(manner["say"], voice=manner["voice"], speed=manner["speed"])


def tune(length_s: float) -> Speech:
    """Music for those who wait: notes of a few overtones that die away."""
    at_s = np.arange(int(length_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    note = (at_s / NOTE_S).astype(int)
    hz = np.take(TUNE_HZ, note % len(TUNE_HZ))
    tone = sum(np.sin(2 * np.pi * k * hz * at_s) / k**2 for k in (1, 2, 3))
    pcm = (tone * np.exp(-3 * (at_s - note * NOTE_S))).astype(np.float32)
    return Speech(pcm, (CharTime(0, "", 0.0, length_s),))


def known(script: dict[str, Any]) -> dict[str, Any]:
    """What the demo tells callcoach about a call."""
    return {key: script[key] for key in ("id", "title", "days_ago", "at", "facts")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voices", type=Path, required=True)
    parser.add_argument("--only", help="id of the one call to speak anew")
    args = parser.parse_args()
    week = yaml.safe_load((HERE / "week.yaml").read_text(encoding="utf-8"))
    truth_file, speaker = HERE / "week_truth.json", Speaker(args.voices)
    truth = json.loads(truth_file.read_text(encoding="utf-8")) if args.only else {}
    WEEK.mkdir(exist_ok=True)
    for script in week["calls"]:
        if args.only not in (None, script["id"]):
            continue
        call, lines = make_call(script, week, speaker)
        path = WEEK / f"{script['id']}.opus"
        soundfile.write(path, call, SAMPLE_RATE_HZ, format="OGG", subtype="OPUS", compression_level=SMALLEST)
        duration_ms = round(len(call) * 1000 / SAMPLE_RATE_HZ)
        truth[script["id"]] = {"duration_ms": duration_ms, "lines": lines}
        print(f"{path.name}: {duration_ms / 1000:.1f} s, {path.stat().st_size / 1000:.0f} kB", flush=True)
    _write(truth_file, truth)
    _write(WEEK / "week.json", [known(script) for script in week["calls"]])


def _write(path: Path, found: Any) -> None:
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
