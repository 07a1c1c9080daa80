"""Speak ``play.yaml`` into the demo call (stereo 16 kHz: left agent, right customer) and write ``truth.json``.

    python demo/make_call.py --voices DIR [--format opus|flac]

The call goes to pipeline/resources/demo, from where callcoach has it. The voices are Kokoro-82M's (Apache-2.0) and the
office is made here, so the recording may be given away under this repository's licence.
``DIR`` has the natural voices (models/voices.py gets them); needs the ``train`` extra.
Both sides go through a telephone line: 300 to 3,400 Hz, 8 kHz, G.711. The office behind the agent is made here too:
its people are other voices of the same speaker, far away in a room that echoes, over the hiss of an air conditioner.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soxr
import yaml

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "models" / "demo")]

from data import telephone  # noqa: E402  (found by the line above)
from lines import CALLS, CHANNELS, NOISE_SEED, at_level, mix, place, samples, write  # noqa: E402  (found by the line above)
from natural import Speaker  # noqa: E402
from synth import SAMPLE_RATE_HZ, Speech  # noqa: E402

LINE_HZ = 8_000
ROOM_S = 0.6  # after which an echo in the office is 60 dB down


def make_call(play: dict[str, Any], speaker: Speaker) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """The call as float32 (samples, 2) and the truth of each line, times in milliseconds from its start."""
    placed, truth = place(play, partial(_say, speaker))
    call = np.zeros((samples(truth, play["tail_s"]), 2))
    mix(placed, call)
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
        said = at_level(_say(speaker, person), 0.0).pcm
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voices", type=Path, required=True)
    parser.add_argument("--format", choices=("opus", "flac"), default="opus")
    parser.add_argument("--out", type=Path, help="folder to write both into")
    args = parser.parse_args()
    play = yaml.safe_load((HERE / "play.yaml").read_text(encoding="utf-8"))
    call, truth = make_call(play, Speaker(args.voices))
    write(call, truth, (args.out or CALLS) / f"call.{args.format}", args.out or HERE)


if __name__ == "__main__":
    main()
