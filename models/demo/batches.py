"""Batches for training: which clips go together, and how each is stretched, masked, padded and labelled.

Everything drawn at random comes from ``(seed, step)`` or ``(seed, epoch)``: a run that was cut off needs no
saved generator, only its position, to draw the same numbers again.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import everyday
import numpy as np
import torch
import vocabulary as v
from model import MASKED, MEL_BINS, SOURCE_POSITIONS, Window
from pypinyin import Style, lazy_pinyin, pinyin

IGNORED = -100
CLIPS_PER_BATCH = 48
FAR_FRAMES = 8  # sampled frames that stand for the padding behind the batch
SHORT_FRAMES = 450
MARGIN_FRAMES = 6  # zero frames after the longest clip, so that the convolutions see the true edge
PROMPT_SHARE, TIMESTAMP_SHARE = 0.12, 0.5
CUT_SHARE = 0.08  # clips that break off, as a guess of an open turn does
TEN_SECONDS = 500  # in frames of 20 ms
HEEDED_FRAMES = 15  # of the padding, 20 ms each: that speech has ended may be seen in them


@functools.cache
def syllables() -> tuple[list[str], dict[str, int]]:
    """Every toneless syllable of the alphabet; 0 is "no character here"."""
    names = sorted({r for c in everyday.alphabet() for r in pinyin(c, style=Style.NORMAL, heteronym=True)[0]})
    return names, {name: at + 1 for at, name in enumerate(names)}


@dataclass
class Clip:
    mel: np.ndarray  # (frames, 80) float16, a view of a mapped file
    text: str
    index: np.ndarray  # of each spoken character in the text
    start_s: np.ndarray
    end_s: np.ndarray
    syllable: np.ndarray
    tone: np.ndarray


@dataclass
class Batch:
    mel: torch.Tensor  # (batch, 80, frames)
    window: Window
    tokens: torch.Tensor  # (batch, length) decoder input
    wanted: torch.Tensor  # (batch, length) next token, IGNORED where forced
    pointed: torch.Tensor  # (batch, length, 2) first and last + 1 encoder frame of the next character, or 0, 0
    syllable: torch.Tensor  # (batch, encoder frames), IGNORED in padding
    tone: torch.Tensor


def load_clips(folder: Path) -> list[Clip]:
    _, number = syllables()
    clips = []
    for path in sorted(folder.glob("notes*.json")):
        mels = np.load(folder / f"mel{path.stem[5:]}.npy", mmap_mode="r")
        for note in json.loads(path.read_text(encoding="utf-8")):
            clips.append(_clip(note, mels[note["at"] : note["at"] + note["frames"]], number))
    return clips


def _clip(note: dict[str, Any], mel: np.ndarray, number: dict[str, int]) -> Clip:
    text = note["text"]
    # One reading per character, in context; punctuation is a reading of itself and never looked up.
    plain = lazy_pinyin(text, errors=list)
    toned = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, errors=list)
    index = np.array(note["index"], np.int64)
    return Clip(
        mel,
        text,
        index,
        np.array(note["start_s"]),
        np.array(note["end_s"]),
        np.array([number.get(plain[i], IGNORED) for i in index], np.int64),
        np.array([int(toned[i][-1]) if toned[i][-1].isdigit() else 5 for i in index], np.int64),
    )


def plan(lengths: np.ndarray, seed: int, epoch: int, phase: str, frames: int) -> list[np.ndarray]:
    """The clips of each batch of an epoch: similar lengths together, batches in random order.

    ``phase``: "short" leaves the longer clips out, "all" has each clip once. ``frames``: the most in a batch, of 10 ms,
    with padding.
    """
    rng = np.random.default_rng([seed, epoch, 1])
    order = rng.permutation(len(lengths))
    if phase == "short":
        order = order[lengths[order] <= SHORT_FRAMES]
    batches = []
    for pool in np.array_split(order, max(1, len(order) // 2000)):
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        begin = 0
        for at in range(1, len(pool) + 1):
            size = at - begin
            if at == len(pool) or (size + 1) * lengths[pool[at]] > frames or size == CLIPS_PER_BATCH:
                batches.append(pool[begin:at])
                begin = at
    return [batches[i] for i in rng.permutation(len(batches))]


def make_batch(clips: list[Clip], everyone: list[Clip], seed: int, step: int) -> Batch:
    rng = np.random.default_rng([seed, step, 2])
    clips = [_cut_off(c, rng) if rng.random() < CUT_SHARE else c for c in clips]
    tempo = rng.uniform(0.88, 1.15, len(clips))
    mels = [_stretched(c.mel, t) for c, t in zip(clips, tempo, strict=True)]
    frames = max(len(m) for m in mels) + MARGIN_FRAMES
    frames += frames % 2
    mel = np.zeros((len(clips), frames, MEL_BINS), np.float32)
    for row, m in zip(mel, mels, strict=True):
        row[: len(m)] = _masked(m, rng)
    lengths = np.array([-(-len(m) // 2) for m in mels])
    syllable, tone = _frame_labels(clips, tempo, lengths, frames // 2)
    tokens, wanted, pointed = _targets(clips, everyone, tempo, rng)
    return Batch(
        torch.from_numpy(mel).transpose(1, 2).contiguous(),
        _window(lengths, frames // 2, rng),
        torch.from_numpy(tokens),
        torch.from_numpy(wanted),
        torch.from_numpy(pointed),
        torch.from_numpy(syllable),
        torch.from_numpy(tone),
    )


def _cut_off(clip: Clip, rng: np.random.Generator) -> Clip:
    """The clip up to the end of one of its characters."""
    if len(clip.index) < 3:
        return clip
    kept = int(rng.integers(2, len(clip.index)))
    frames = min(len(clip.mel), int(clip.end_s[kept - 1] * 100) + int(rng.integers(0, 12)))
    text = clip.text[: clip.index[kept - 1] + 1]
    part = slice(0, kept)
    return Clip(
        clip.mel[:frames], text, clip.index[part], clip.start_s[part], clip.end_s[part],
        clip.syllable[part], clip.tone[part],
    )  # fmt: skip


def _stretched(mel: np.ndarray, tempo: float) -> np.ndarray:
    """The features as if spoken ``tempo`` times as fast: linear interpolation along time."""
    size = max(2, round(len(mel) / tempo))
    at = np.minimum(np.arange(size) * tempo, len(mel) - 1.001)
    low = at.astype(np.int64)
    part = (at - low)[:, None].astype(np.float32)
    mel = np.asarray(mel, np.float32)
    return mel[low] * (1 - part) + mel[low + 1] * part


def _masked(mel: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """SpecAugment, gently: bands and moments set to the clip's floor; a tilt stands in for other microphones."""
    mel = mel + (rng.normal(0, 0.06) * np.linspace(-1, 1, MEL_BINS) + rng.normal(0, 0.03)).astype(np.float32)
    floor = mel.min()
    if rng.random() < 0.4:
        width = rng.integers(2, 13)
        low = rng.integers(0, MEL_BINS - width)
        mel[:, low : low + width] = floor
    if rng.random() < 0.3 and len(mel) > 100:
        width = rng.integers(2, 9)
        low = rng.integers(0, len(mel) - width)
        mel[low : low + width] = floor
    return mel


def _window(lengths: np.ndarray, frames: int, rng: np.random.Generator) -> Window:
    """Draw each clip's window: sized as the pipeline sizes it, up to 10 s, anything, or Whisper's 30 s."""
    windows = np.empty(len(lengths), np.int64)
    for at, length in enumerate(lengths):
        kind = rng.random()
        if kind < 0.55:
            windows[at] = min(SOURCE_POSITIONS, length + rng.integers(0, 46))
        elif kind < 0.7:
            windows[at] = rng.integers(length, max(length + 25, TEN_SECONDS) + 1)
        elif kind < 0.8:
            windows[at] = np.exp(rng.uniform(np.log(length), np.log(SOURCE_POSITIONS)))
        else:
            windows[at] = SOURCE_POSITIONS
    hidden = np.maximum(0, windows - frames)  # padding frames behind the batch's own
    share = (np.arange(FAR_FRAMES) + rng.random((len(lengths), FAR_FRAMES))) / FAR_FRAMES
    far = np.minimum(frames + (share * hidden[:, None]).astype(np.int64), SOURCE_POSITIONS - 1)
    weight = np.where(hidden > 0, np.log(np.maximum(hidden, 1) / FAR_FRAMES), MASKED)
    near = np.where(np.arange(frames)[None] < windows[:, None], 0.0, MASKED)
    bias = np.concatenate([near, np.repeat(weight[:, None], FAR_FRAMES, 1)], axis=1)
    empty = np.concatenate(
        [np.arange(frames)[None] >= lengths[:, None] + HEEDED_FRAMES, np.ones_like(far, bool)], axis=1
    )
    return Window(
        torch.from_numpy(far),
        torch.from_numpy(bias.astype(np.float32))[:, None, None],
        torch.from_numpy(empty.astype(np.float32))[:, None, :, None],
    )


def _frame_labels(
    clips: list[Clip], tempo: np.ndarray, lengths: np.ndarray, frames: int
) -> tuple[np.ndarray, np.ndarray]:
    syllable = np.full((len(clips), frames), IGNORED, np.int64)
    tone = syllable.copy()
    for row, (clip, pace, length) in enumerate(zip(clips, tempo, lengths, strict=True)):
        syllable[row, :length] = 0
        tone[row, :length] = 0
        for begin, end, sound, pitch in zip(clip.start_s, clip.end_s, clip.syllable, clip.tone, strict=True):
            here = slice(round(begin / pace * 50), max(round(begin / pace * 50) + 1, round(end / pace * 50)))
            syllable[row, here] = sound
            tone[row, here] = pitch
        syllable[row, length:] = tone[row, length:] = IGNORED
    return syllable, tone


def _targets(
    clips: list[Clip], everyone: list[Clip], tempo: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Decoder inputs, next tokens, and the encoder frames each next token was spoken in."""
    rows = []
    for clip, pace in zip(clips, tempo, strict=True):
        prompt: list[int] = []
        if rng.random() < PROMPT_SHARE:
            prompt = [v.PREVIOUS, *v.encode(" " + "，".join(_hot_words(clip, everyone, rng)))]
        rows.append(_target(clip, pace, prompt, bool(rng.random() < TIMESTAMP_SHARE)))
    size = max(len(tokens) for tokens, _, _ in rows)
    tokens = np.full((len(rows), size), v.END, np.int64)
    wanted = np.full((len(rows), size), IGNORED, np.int64)
    pointed = np.zeros((len(rows), size, 2), np.int64)
    for at, (given, goal, where) in enumerate(rows):
        tokens[at, : len(given)], wanted[at, : len(goal)], pointed[at, : len(where)] = given, goal, where
    return tokens, wanted, pointed


def _hot_words(clip: Clip, everyone: list[Clip], rng: np.random.Generator) -> list[str]:
    """A prompt's list: pieces of other clips, and every other time one of this clip among them."""
    listed = [_piece(everyone[rng.integers(len(everyone))], rng) for _ in range(rng.integers(1, 7))]
    if rng.random() < 0.5:
        listed.insert(int(rng.integers(0, len(listed) + 1)), _piece(clip, rng))
    return [piece for piece in listed if piece]


def _piece(clip: Clip, rng: np.random.Generator) -> str:
    """Two to four characters said in a row."""
    if not len(clip.index):
        return ""
    begin = int(clip.index[rng.integers(len(clip.index))])
    return "".join(c for c in clip.text[begin : begin + int(rng.integers(2, 5))] if c not in v.PUNCTUATION)


def _target(clip: Clip, pace: float, prompt: list[int], stamped: bool) -> tuple[list[int], list[int], list[list[int]]]:
    if not clip.text:
        # The first token's probability is what whisper calls no_speech_prob; forced on, the text is empty.
        given = [*prompt, v.START, v.ZH, v.TRANSCRIBE, v.NO_TIMESTAMPS]
        return given, [IGNORED] * len(prompt) + [v.NO_SPEECH, IGNORED, IGNORED, v.END], [[0, 0]] * len(given)
    starts = dict(zip(clip.index, clip.start_s / pace, strict=True))
    ends = dict(zip(clip.index, clip.end_s / pace, strict=True))
    head = [v.START, v.ZH, v.TRANSCRIBE] + ([] if stamped else [v.NO_TIMESTAMPS])
    body: list[int] = []
    where: list[list[int]] = []
    opened, last_s = False, 0.0
    for at, char in enumerate(clip.text):
        if stamped and not opened:
            body.append(v.timestamp(starts.get(at, last_s)))
            where.append([0, 0])
            opened = True
        body.append(v.ID.get(char, 0))
        if at in starts:
            last_s = ends[at]
            where.append([round(starts[at] * 50), max(round(starts[at] * 50) + 1, round(ends[at] * 50))])
        else:
            where.append([0, 0])
        if stamped and (char in "。？！" or at == len(clip.text) - 1):
            body.append(v.timestamp(last_s))
            where.append([0, 0])
            opened = False
    given = [*prompt, *head, *body]
    goal = [IGNORED] * len(prompt) + [v.ZH] + [IGNORED] * (len(head) - 2)
    return given, [*goal, *body, v.END], [[0, 0]] * (len(given) - len(body) - 1) + where + [[0, 0]]
