"""Training clips: spoken sentences, damaged like a telephone line, as log-mel features with character times.

    python models/demo/data.py --out DIR [--clips 46000] [--seed 11] [--workers 2] [--speech DIR]

Each shard is made by its own fresh process from its own seed (see synth.speak on repeatability), so the
number of workers does not change the data. Features are float16, (frames of 10 ms, 80), one file a shard.
With ``--speech``, each shard of natural voices there (speech.py) gives one more, of REPEATS clips a recording.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import multiprocessing
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from faster_whisper.feature_extractor import FeatureExtractor
from quiet import SOUNDS, noise
from synth import SAMPLE_RATE_HZ, TRAIN_VARIANTS, CharTime, Speech, speak
from texts import draw_text

CLIPS_PER_SHARD = 500
ATTEMPTS = 4
MAX_CLIP_S = 22.0
REPEATS = 20  # clips of a recording of natural voices: other sentences of it, on other lines
# Share of the clips in a telephone's band; natural voices lose more in it than synthetic ones.
TELEPHONE_SHARE, NATURAL_TELEPHONE_SHARE = 0.35, 0.6
# The two voices of the demo call are heard twice as often as the others.
VOICE_WEIGHTS = [2.0 if v in ("Annie", "belinda") else 1.0 for v in TRAIN_VARIANTS]
# Kinds of clip and their shares: the call centre's sentences (one, two, a long turn), everyday ones with and without a
# sense, the handbook's and rulebook's lines, loose words of the call centre and of the dictionary, and nothing said.
KINDS = {
    "one": 0.20, "two": 0.08, "long": 0.09, "natural": 0.21, "natural_long": 0.02, "everyday": 0.13, "quote": 0.06,
    "salad": 0.05, "words": 0.11, "quiet": 0.05,
}  # fmt: skip

_features = FeatureExtractor()


def log_mel(pcm: np.ndarray) -> np.ndarray:
    """faster-whisper's own features, (frames of 10 ms, 80) float32, without the extra last frame."""
    return np.ascontiguousarray(_features(pcm)[:, :-1].T, dtype=np.float32)


def telephone(pcm: np.ndarray, low_hz: float = 300.0, high_hz: float = 3400.0, mu_law: bool = True) -> np.ndarray:
    """The band of a telephone line and G.711's 8-bit steps."""
    spectrum = np.fft.rfft(pcm)
    hz = np.fft.rfftfreq(len(pcm), 1 / SAMPLE_RATE_HZ)
    # Slopes like a 6th-order filter's rather than a wall.
    spectrum /= np.sqrt((1 + (low_hz / np.maximum(hz, 1.0)) ** 12) * (1 + (hz / high_hz) ** 12))
    pcm = np.fft.irfft(spectrum, n=len(pcm))
    if mu_law:
        squeezed = np.sign(pcm) * np.log1p(255 * np.minimum(1, np.abs(pcm))) / np.log(256)
        squeezed = np.round(squeezed * 127) / 127
        pcm = np.sign(squeezed) * (256 ** np.abs(squeezed) - 1) / 255
    return pcm.astype(np.float32)


def draw_manner(rng: random.Random) -> dict[str, Any]:
    """Voice, speed (espeak -s), pitch and range (0-99) of one clip."""
    return {
        "variant": rng.choices(TRAIN_VARIANTS, VOICE_WEIGHTS)[0],
        "speed": rng.randrange(140, 235) if rng.random() < 0.6 else rng.randrange(100, 271),
        "pitch": rng.randrange(20, 81),
        "pitch_range": 0 if rng.random() < 0.12 else rng.randrange(25, 95),
    }


def on_a_line(
    rng: np.random.Generator, speech: Speech, telephone_share: float = TELEPHONE_SHARE
) -> tuple[np.ndarray, float]:
    """The speech with silence around it, level, noise and band drawn at random; and the seconds put before it."""
    first_s, last_s = speech.chars[0].start_s, speech.chars[-1].end_s
    lead_s, tail_s = rng.uniform(0, 0.5) ** 1.5, rng.uniform(0.02, 0.7)
    voice = speech.pcm[int(first_s * SAMPLE_RATE_HZ) : int(last_s * SAMPLE_RATE_HZ)]
    lead, tail = int(lead_s * SAMPLE_RATE_HZ), int(tail_s * SAMPLE_RATE_HZ)
    pcm = np.zeros(lead + len(voice) + tail, np.float32)
    level = 10 ** (rng.uniform(-34, -14) / 20)
    pcm[lead : lead + len(voice)] = voice * (level / (np.sqrt((voice**2).mean()) + 1e-9))
    snr_db = rng.uniform(10, 40) if rng.random() < 0.45 else rng.uniform(30, 60)
    pcm += (noise(rng, len(pcm)) * level * 10 ** (-snr_db / 20)).astype(np.float32)
    if rng.random() < telephone_share:
        pcm = telephone(pcm, rng.uniform(150, 400), rng.uniform(3000, 4000), mu_law=bool(rng.random() < 0.6))
    return np.clip(pcm, -1, 1), lead / SAMPLE_RATE_HZ - first_s


def make_clip(rng: random.Random, sound: np.random.Generator) -> tuple[np.ndarray, dict[str, Any]]:
    kind = rng.choices(tuple(KINDS), tuple(KINDS.values()))[0]
    if kind == "quiet":
        size = int(sound.uniform(0.5, 10) * SAMPLE_RATE_HZ)
        pcm = SOUNDS[sound.integers(len(SOUNDS))](sound, size) * 10 ** (sound.uniform(-75, -18) / 20)
        pcm = (pcm + noise(sound, size) * 10 ** (sound.uniform(-90, -50) / 20)).astype(np.float32)
        if sound.random() < 0.4:
            pcm = telephone(pcm)
        return log_mel(np.clip(pcm, -1, 1)), {"text": "", "index": [], "start_s": [], "end_s": []}
    text = draw_text(rng, kind)
    speech = speak(text, **draw_manner(rng))
    pcm, shift_s = on_a_line(sound, speech)
    return log_mel(pcm), _note(text, speech.chars, shift_s)


def _note(text: str, chars: tuple[CharTime, ...], shift_s: float) -> dict[str, Any]:
    return {
        "text": text,
        "index": [c.index for c in chars],
        "start_s": [round(c.start_s + shift_s, 3) for c in chars],
        "end_s": [round(c.end_s + shift_s, 3) for c in chars],
    }


def save(out: Path, shard: str, clips: list[tuple[np.ndarray, dict[str, Any]]]) -> None:
    """Features in a row, and where each clip is in them with what is said and when."""
    ends = np.cumsum([len(mel) for mel, _ in clips]).tolist()
    notes = [{**note, "at": end - len(mel), "frames": len(mel)} for end, (mel, note) in zip(ends, clips, strict=True)]
    np.save(out / f"mel{shard}.npy", np.concatenate([mel.astype(np.float16) for mel, _ in clips]))
    (out / f"notes{shard}.json").write_text(json.dumps(notes, ensure_ascii=False), encoding="utf-8")


def make_shard(out: Path, shard: int, clips: int, seed: int, attempt: int) -> None:
    rng, sound = random.Random(f"{seed}/{shard}/{attempt}"), np.random.default_rng([seed, shard, attempt])
    made: list[tuple[np.ndarray, dict[str, Any]]] = []
    while len(made) < clips:
        clip = make_clip(rng, sound)
        if len(clip[0]) <= MAX_CLIP_S * 100:
            made.append(clip)
    save(out, f"{shard:03d}", made)


def natural_clip(rng: random.Random, sound: np.random.Generator, said: dict[str, Any], pcm: np.ndarray) -> Any:
    """Some sentences of a recording, at times played faster or slower, which makes it another's voice."""
    texts = said["texts"]
    kind = rng.random()
    count = 1 if kind < 0.6 else 2 if kind < 0.85 else len(texts)
    first = rng.randrange(max(1, len(texts) - count + 1))
    begin = sum(map(len, texts[:first]))
    text = "".join(texts[first : first + count])
    tempo = rng.uniform(0.88, 1.15) if rng.random() < 0.6 else 1.0
    chars = tuple(
        CharTime(at - begin, text[at - begin], start_s / tempo, end_s / tempo)
        for at, start_s, end_s in zip(said["index"], said["start_s"], said["end_s"], strict=True)
        if 0 <= at - begin < len(text)
    )
    pcm = pcm[: int(chars[-1].end_s * tempo * SAMPLE_RATE_HZ) + 1]
    speech = Speech(soxr.resample(pcm, SAMPLE_RATE_HZ * tempo, SAMPLE_RATE_HZ), chars)
    heard, shift_s = on_a_line(sound, speech, NATURAL_TELEPHONE_SHARE)
    return log_mel(heard), _note(text, chars, shift_s)


def make_natural_shard(out: Path, speech: Path, shard: str, seed: int) -> None:
    if (out / f"notesn{shard}.json").exists():
        return
    rng, sound = random.Random(f"{seed}/natural/{shard}"), np.random.default_rng([seed, 1, int(shard)])
    spoken = np.load(speech / f"speech{shard}.npy", mmap_mode="r")
    clips = []
    for said in json.loads((speech / f"said{shard}.json").read_text(encoding="utf-8")):
        pcm = spoken[said["at"] : said["at"] + said["samples"]].astype(np.float32) / 32768
        clips += [natural_clip(rng, sound, said, pcm) for _ in range(REPEATS)]
    save(out, f"n{shard}", [clip for clip in clips if len(clip[0]) <= MAX_CLIP_S * 100])


def make_in_process(out: Path, shard: int, clips: int, seed: int) -> None:
    """A fresh process, and so a fresh espeak-ng, for each shard: it can crash, and then other clips are drawn."""
    if (out / f"notes{shard:03d}.json").exists():
        return  # made before this was cut off: the notes are written last
    spawn = multiprocessing.get_context("spawn")
    for attempt in range(ATTEMPTS):
        process = spawn.Process(target=make_shard, args=(out, shard, clips, seed, attempt))
        process.start()
        process.join()
        if process.exitcode == 0:
            return
        print(f"shard {shard}: exit code {process.exitcode}, drawn again", flush=True)
    raise SystemExit(f"shard {shard} could not be made in {ATTEMPTS} attempts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=46_000)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--speech", type=Path, help="folder of speech.py")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    shards = -(-args.clips // CLIPS_PER_SHARD)
    with concurrent.futures.ThreadPoolExecutor(args.workers) as pool:
        made = [
            pool.submit(
                make_in_process, args.out, shard, min(CLIPS_PER_SHARD, args.clips - shard * CLIPS_PER_SHARD), args.seed
            )
            for shard in range(shards)
        ]
        for done in made:
            done.result()
    for said in sorted(args.speech.glob("said*.json")) if args.speech else ():
        make_natural_shard(args.out, args.speech, said.stem[4:], args.seed)
    print(f"{args.clips} clips in {shards} shards, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
