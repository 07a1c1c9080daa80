"""Speak ``play.yaml`` into the demo call (stereo 16 kHz: left agent, right customer) and write ``truth.json``.

    python demo/make_call.py [--format opus|flac]

The call goes to pipeline/resources/demo, which is where callcoach has it from. Needs espeak-ng's library, numpy,
soundfile and PyYAML. A fresh process gives the same samples every time.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from lines import CALLS, HERE, NOISE_SEED, mix, place, samples, write
from synth import Speech, speak


def make_call(play: dict[str, Any]) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """The call as float32 (samples, 2) and the truth of each line, times in milliseconds from its start."""
    placed, truth = place(play, _say)
    rng = np.random.default_rng(NOISE_SEED)
    call = rng.normal(0, 10 ** (play["noise_dbfs"] / 20), (samples(truth, play["tail_s"]), 2)).astype(np.float32)
    mix(placed, call)
    return np.clip(call, -1, 1), truth


def _say(manner: dict[str, Any]) -> Speech:
    return speak(
        manner["say"],
        variant=manner["variant"],
        speed=manner["speed"],
        pitch=manner["pitch"],
        pitch_range=manner["range"],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=("opus", "flac"), default="opus")
    parser.add_argument("--out", type=Path, help="folder to write both into")
    args = parser.parse_args()
    play = yaml.safe_load((HERE / "play.yaml").read_text(encoding="utf-8"))
    write(*make_call(play), (args.out or CALLS) / f"call.{args.format}", args.out or HERE)


if __name__ == "__main__":
    main()
