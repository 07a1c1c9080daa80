"""Training speech of natural voices: said once, because it costs, and put on many lines by data.py.

    python models/demo/speech.py --voices DIR --out DIR [--shards 90] [--seed 14]

Each shard is drawn from its own seed and can be used as soon as it is there; a run that was cut off goes on.
A shard is `speechNNN.npy` (int16, 16 kHz, all recordings in a row) and `saidNNN.json` (place, texts and times of each).
A recording is some sentences in a row, which data.py takes apart: silence around each would cost as much as speech.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
from natural import TRAIN_VOICES, Speaker
from texts import draw_text

RECORDINGS_PER_SHARD = 10
LEAST_CHARS, MOST_CHARS = 36, 90
# As in data.py; fewer long turns, which are many short ones, and more of the handbook, whose words the rules live on.
KINDS = {
    "one": 0.28, "two": 0.12, "long": 0.04, "natural": 0.2, "everyday": 0.1, "quote": 0.12, "salad": 0.05,
    "words": 0.09,
}  # fmt: skip
# The two voices of the demo call are heard three times as often as the others.
VOICE_WEIGHTS = [3.0 if v in ("zf_xiaoyi", "zf_xiaobei") else 1.0 for v in TRAIN_VOICES]


def draw_texts(rng: random.Random) -> list[str]:
    while True:
        texts: list[str] = []
        while sum(map(len, texts)) < LEAST_CHARS:
            texts.append(draw_text(rng, rng.choices(tuple(KINDS), tuple(KINDS.values()))[0]))
        if sum(map(len, texts)) <= MOST_CHARS:
            return texts


def draw_manner(rng: random.Random) -> dict[str, Any]:
    """Voice, speed and pitch range of one recording."""
    kind = rng.random()
    return {
        "voice": rng.choices(TRAIN_VOICES, VOICE_WEIGHTS)[0],
        "speed": round(rng.uniform(0.75, 1.2) if rng.random() < 0.6 else rng.uniform(0.6, 1.7), 2),
        "pitch_range": 0.0 if kind < 0.12 else round(rng.uniform(0.3, 1.4), 2) if kind < 0.4 else 1.0,
    }


def make_shard(speaker: Speaker, out: Path, shard: int, seed: int) -> None:
    rng = random.Random(f"{seed}/{shard}")
    pieces: list[np.ndarray] = []
    said: list[dict[str, Any]] = []
    at = 0
    for _ in range(RECORDINGS_PER_SHARD):
        texts, manner = draw_texts(rng), draw_manner(rng)
        speech = speaker.speak("".join(texts), **manner)
        pieces.append((np.clip(speech.pcm, -1, 1) * 32767).astype(np.int16))
        times = {
            "index": [c.index for c in speech.chars],
            "start_s": [round(c.start_s, 3) for c in speech.chars],
            "end_s": [round(c.end_s, 3) for c in speech.chars],
        }
        said.append({"at": at, "samples": len(pieces[-1]), **manner, "texts": texts, **times})
        at += len(pieces[-1])
    np.save(out / f"speech{shard:03d}.npy", np.concatenate(pieces))
    # Written last: a shard without it was cut off, and is made anew.
    (out / f"said{shard:03d}.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voices", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shards", type=int, default=90)
    parser.add_argument("--seed", type=int, default=14)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    speaker = Speaker(args.voices)
    for shard in range(args.shards):
        if not (args.out / f"said{shard:03d}.json").exists():
            began_s = time.process_time()
            make_shard(speaker, args.out, shard, args.seed)
            print(f"shard {shard}: {time.process_time() - began_s:.0f} CPU s", flush=True)


if __name__ == "__main__":
    main()
