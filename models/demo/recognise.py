"""The two ways callcoach decodes an utterance with the demo model, for measuring: a padded and a short window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

HAN = ("一", "鿿")
FRAME_S = 0.02  # of the encoder


@dataclass(frozen=True)
class Heard:
    """``text`` with punctuation; ``times``: (character, start_s, end_s) of each Hanzi."""

    text: str
    times: tuple[tuple[str, float, float], ...]


def hanzi(text: str) -> str:
    return "".join(c for c in text if HAN[0] <= c <= HAN[1])


def padded(model: WhisperModel, pcm: np.ndarray, words: bool = True) -> Heard:
    """faster-whisper's own way: each window is padded to 30 s."""
    segments, _ = model.transcribe(
        pcm,
        language="zh",
        beam_size=1,
        temperature=0.0,
        condition_on_previous_text=False,
        word_timestamps=words,
        compression_ratio_threshold=None,
        log_prob_threshold=None,
    )
    found = list(segments)
    times = [(w.word, w.start, w.end) for s in found for w in (s.words or ())]
    return Heard("".join(s.text for s in found), tuple(_per_character(times)))


def short(model: WhisperModel, pcm: np.ndarray, words: bool = True) -> Heard:
    """A window as long as the utterance: no padding frames at all."""
    features = model.feature_extractor(pcm)[:, :-1]
    tokenizer = Tokenizer(model.hf_tokenizer, True, task="transcribe", language="zh")
    source = model.encode(np.ascontiguousarray(features))
    prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    limit = min(440, 12 + int(features.shape[1] / 100 * 10))  # nobody says 10 characters a second for long
    made = model.model.generate(source, [prompt], beam_size=1, max_length=len(prompt) + limit, suppress_blank=False)
    tokens = [t for t in made[0].sequences_ids[0] if t < tokenizer.eot]
    times: list[tuple[str, float, float]] = []
    if words and tokens:
        frames = features.shape[1]
        aligned = model.model.align(source, tokenizer.sot_sequence, [tokens], frames, median_filter_width=7)[0]
        starts: dict[int, int] = {}
        for token, frame in aligned.alignments:
            starts.setdefault(token, frame)
        for at, token in enumerate(tokens):
            begin = starts.get(at, 0)
            times.append((tokenizer.decode([token]), begin * FRAME_S, starts.get(at + 1, begin + 10) * FRAME_S))
    return Heard(tokenizer.decode(tokens), tuple(_per_character(times)))


def _per_character(times: list[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    """Words of several characters share their time evenly; punctuation takes none."""
    out = []
    for word, start, end in times:
        chars = hanzi(word)
        step = (end - start) / max(1, len(chars))
        out += [(c, start + k * step, start + (k + 1) * step) for k, c in enumerate(chars)]
    return out


def edit_pairs(wanted: str, got: str) -> tuple[int, list[tuple[int, int]]]:
    """Levenshtein distance, and the positions of the characters that match."""
    cost = np.zeros((len(wanted) + 1, len(got) + 1), np.int64)
    cost[:, 0], cost[0] = np.arange(len(wanted) + 1), np.arange(len(got) + 1)
    for i, a in enumerate(wanted, 1):
        for j, b in enumerate(got, 1):
            cost[i, j] = min(cost[i - 1, j] + 1, cost[i, j - 1] + 1, cost[i - 1, j - 1] + (a != b))
    pairs, i, j = [], len(wanted), len(got)
    while i and j:
        if cost[i, j] == cost[i - 1, j - 1] + (wanted[i - 1] != got[j - 1]):
            i, j = i - 1, j - 1
            if wanted[i] == got[j]:
                pairs.append((i, j))
        elif cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return int(cost[-1, -1]), pairs[::-1]
