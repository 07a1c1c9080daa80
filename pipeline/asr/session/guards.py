"""Guards against hallucinated text: Whisper writes text where nobody spoke. Each guard rejects text with a reason.

The first two are Whisper's own (Radford et al. 2022, §4.5): the mean log-probability, with a limit of our own and
without the probability of no speech, which tells little (docs/words.md), and the compression ratio of the text; loops
in Chinese are too short for a compressor, so they are also searched for directly.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from pipeline.asr.session.phantoms import PHANTOM_LINES
from pipeline.events.words import SuppressedBecause, Word
from pipeline.han import one_form
from pipeline.ports import Recognised, Suppressed

_FASTEST_PER_S = 11.0  # characters a second; speech is never faster


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """Limits beyond which text is rejected as not spoken."""

    log_probability: float = -1.4  # mean per token, below which no speech was heard
    compression_ratio: float = 2.4  # above it the text is a loop
    loop_characters: int = 12  # a repeated piece of this total length,
    loop_times: int = 4  # repeated this often (a single character: 10 times), is a loop; 好的好的好的 is not
    fastest_per_s: float = _FASTEST_PER_S
    squeezed_confidence: float = 0.5  # below it, last words without a plausible duration are rejected


@dataclass(frozen=True, slots=True)
class Evidence:
    """Duration of an utterance, the recogniser's confidence (mean log-probability of a token), and its other texts."""

    duration_ms: int
    log_probability: float
    otherwise: tuple[str, ...] = ()


_SQUEEZED_MS = 60  # least duration of a spoken character
_UNHEARD_MS = 300  # voice that the VAD may miss: soft onsets and ends
_FEWEST = 4  # least number of characters for a rate
_ALIKE = 0.85  # similarity to a phantom line; real speech begins like some, but goes on otherwise
_SHORT_LINE = 7  # characters; a line up to this length, or of Latin letters, must match completely
_LOOPING_MS = 100  # duration per character below which a repetition is a loop,
_LOOPING_CHARACTERS = 8  # if it has this many characters
_AGAIN = re.compile(r"(.{1,10}?)\1{2,}")
_LOOP = re.compile(r"(.{2,10}?)\1{3,}$|(.)\2{9,}$")


def believe(words: Sequence[Word], evidence: Evidence, settings: GuardSettings) -> Recognised:
    """The accepted words, and the rejected ones with the reason; every word is in one of the two, unchanged."""
    said = [word for word in words if _plain(word.text)]
    if not said:
        return Recognised(tuple(words))
    if evidence.log_probability < settings.log_probability:
        return Recognised((), (_suppressed(words, "no_speech"),))
    if _is_too_fast(said, evidence.duration_ms, settings):
        return Recognised((), (_suppressed(words, "too_fast"),))
    if _is_phantom_line("".join(_plain(word.text) for word in said)):
        return Recognised((), (_suppressed(words, "phantom_line"),))
    kept, suppressed = list(words), []
    while (found := _doubtful(kept, settings)) is not None:
        first, reason = found
        suppressed.append(_suppressed(kept[first:], reason))
        del kept[first:]
    if kept and not any(_plain(word.text) for word in kept):  # only punctuation is left
        kept = []
    return Recognised(tuple(kept), tuple(suppressed), otherwise=() if suppressed else evidence.otherwise)


def is_looping(words: Sequence[Word]) -> bool:
    """Whether a piece is repeated faster than it can be said: the decoder is in a loop."""
    text, owner = _owners(words)
    for found in _AGAIN.finditer(text):
        said = words[owner[found.start()] : owner[found.end() - 1] + 1]
        is_squeezed = said[-1].end_ms - said[0].start_ms < _LOOPING_MS * len(found[0])
        if is_squeezed and len(found[0]) >= _LOOPING_CHARACTERS:
            return True
    return False


def limited_by_voice(found: Recognised, voiced_ms: int) -> Recognised:
    """Rejects all words if they are more than can be said in `voiced_ms`, the voice that the VAD found."""
    characters = sum(_syllables(word.text) for word in found.words)
    if characters < _FEWEST or characters * 1000 <= _FASTEST_PER_S * (voiced_ms + _UNHEARD_MS):
        return found
    return Recognised((), (*found.suppressed, _suppressed(found.words, "no_speech")))


def _doubtful(words: Sequence[Word], settings: GuardSettings) -> tuple[int, SuppressedBecause] | None:
    """From which word on the words are to be rejected, and the reason; None when they are not."""
    if (first := _loop(words, settings)) is not None:
        return first, "repetition"
    if (first := _squeezed_tail(words, settings)) is not None:
        return first, "too_fast"
    return None


def _suppressed(words: Sequence[Word], reason: SuppressedBecause) -> Suppressed:
    return Suppressed("".join(w.text for w in words), words[0].start_ms, words[-1].end_ms, reason)


@cache
def _plain(text: str) -> str:
    """In one form, lower case, letters and digits only."""
    return "".join(c for c in one_form(text).lower() if c.isalnum())


def _is_too_fast(said: Sequence[Word], duration_ms: int, settings: GuardSettings) -> bool:
    characters = sum(_syllables(word.text) for word in said)
    return characters >= _FEWEST and characters * 1000 > settings.fastest_per_s * duration_ms


def _syllables(text: str) -> float:
    """Rough number of syllables: Han characters, and a third per Latin letter."""
    return sum(1 / 3 if c.isascii() else 1 for c in _plain(text))


def _owners(words: Sequence[Word]) -> tuple[str, list[int]]:
    """The plain text, and for each of its characters the index of its word."""
    plain = [_plain(word.text) for word in words]
    return "".join(plain), [index for index, text in enumerate(plain) for _ in text]


def _is_phantom_line(text: str) -> bool:
    """Whether the whole text is a known phantom line, once or again and again."""
    return any(_is_like(text, line) for line in PHANTOM_LINES)


def _is_like(text: str, line: str) -> bool:
    lines = line * round(len(text) / len(line))
    if len(line) <= _SHORT_LINE or line.isascii():
        return text == lines
    size = len(text) + len(lines)
    if 2 * min(len(text), len(lines)) < _ALIKE * size:
        return False
    blocks = SequenceMatcher(None, text, lines, autojunk=False).get_matching_blocks()
    return 2 * sum(block.size for block in blocks if block.size > 1) >= _ALIKE * size


def _loop(words: Sequence[Word], settings: GuardSettings) -> int | None:
    """Index of the word at which a piece repeats until the end; its first occurrence is kept. None without a loop."""
    text, owner = _owners(words)
    found = _LOOP.search(text)
    if found is not None:
        piece = found[1] or found[2]
        times = len(found[0]) // len(piece)
        if len(found[0]) >= settings.loop_characters * (len(piece) > 1) and times >= settings.loop_times:
            return owner[found.start() + len(piece)]
    data = text.encode()
    is_loop = bool(data) and len(data) / len(zlib.compress(data)) > settings.compression_ratio
    return 0 if is_loop else None


def _squeezed_tail(words: Sequence[Word], settings: GuardSettings) -> int | None:
    """Index of the first of the last words that have no plausible duration and low confidence; None without."""
    first = len(words)
    characters = 0.0
    for index in range(len(words) - 1, -1, -1):
        word = words[index]
        size = _syllables(word.text)
        if word.end_ms - word.start_ms > _SQUEEZED_MS * size:
            break
        first, characters = index, characters + size
    tail = [word for word in words[first:] if _plain(word.text)]
    if characters < _FEWEST or not tail:
        return None
    sure = sum(word.confidence for word in tail) / len(tail)
    return first if sure < settings.squeezed_confidence else None
