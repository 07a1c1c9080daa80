"""What of a recogniser's text is believed. Whisper writes where nobody spoke; each guard says what it did not believe.

The first two are Whisper's own (Radford et al. 2022, §4.5: no-speech probability with mean log-probability, and the
compression ratio of the text); loops in Chinese are too short for a compressor, so they are looked for as they are.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from pipeline.asr.session.phantoms import PHANTOM_LINES
from pipeline.asr.text.normalisation import simplify
from pipeline.events.words import SuppressedBecause, Word
from pipeline.ports import Recognised, Suppressed

_FASTEST_PER_S = 11.0  # characters; nobody speaks so fast


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """When text is not believed."""

    no_speech_probability: float = 0.6  # above it, and
    log_probability: float = -1.0  # below it (mean of a token): nobody spoke
    compression_ratio: float = 2.4  # a text that repeats itself
    loop_characters: int = 12  # a piece said over and over for so long,
    loop_times: int = 4  # and so often (a single character: 10 times), is a loop: 好的好的好的 is not
    fastest_per_s: float = _FASTEST_PER_S
    squeezed_confidence: float = 0.5  # below it, last words that have no time to be said are not believed


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the recogniser thinks of an utterance, and how long it is."""

    duration_ms: int
    no_speech_probability: float
    log_probability: float


_SQUEEZED_MS = 60  # a character in less time is not said
_UNHEARD_MS = 300  # of a voice the ears may miss: soft onsets and ends
_FEWEST = 4  # characters to judge a rate by
_ALIKE = 0.6  # of a phantom line, for it to be that line
_SHORT_LINE = 7  # characters; a line as short as this must be there whole
_LOOPING_MS = 100  # a character: nobody says one thing over and over so fast
_LOOPING_CHARACTERS = 8
_AGAIN = re.compile(r"(.{1,10}?)\1{2,}")
_LOOP = re.compile(r"(.{2,10}?)\1{3,}$|(.)\2{9,}$")


def believe(words: Sequence[Word], evidence: Evidence, settings: GuardSettings) -> Recognised:
    """The words believed, and what was suppressed with the reason. Nothing is changed, nothing is lost."""
    said = [word for word in words if _plain(word.text)]
    if not said:
        return Recognised(tuple(words))
    if (
        evidence.no_speech_probability > settings.no_speech_probability
        and evidence.log_probability < settings.log_probability
    ):
        return Recognised((), (_suppressed(words, "no_speech"),))
    if _is_too_fast(said, evidence.duration_ms, settings):
        return Recognised((), (_suppressed(words, "too_fast"),))
    kept, suppressed = list(words), []
    while (found := _doubtful(kept, settings)) is not None:
        first, last, reason = found
        suppressed.append(_suppressed(kept[first:last], reason))
        del kept[first:last]
    if kept and not any(_plain(word.text) for word in kept):  # only punctuation is left
        kept = []
    return Recognised(tuple(kept), tuple(suppressed))


def is_looping(words: Sequence[Word]) -> bool:
    """Whether a piece is written over and over in less time than saying it takes: the decoder has lost its place."""
    text, owner = _owners(words)
    for found in _AGAIN.finditer(text):
        said = words[owner[found.start()] : owner[found.end() - 1] + 1]
        is_squeezed = said[-1].end_ms - said[0].start_ms < _LOOPING_MS * len(found[0])
        if is_squeezed and len(found[0]) >= _LOOPING_CHARACTERS:
            return True
    return False


def heard_by_the_ears(found: Recognised, voiced_ms: int) -> Recognised:
    """The same, but nothing of it where more was written than a voice of `voiced_ms` can have said."""
    characters = sum(_syllables(word.text) for word in found.words)
    if characters < _FEWEST or characters * 1000 <= _FASTEST_PER_S * (voiced_ms + _UNHEARD_MS):
        return found
    return Recognised((), (*found.suppressed, _suppressed(found.words, "no_speech")))


def _doubtful(words: Sequence[Word], settings: GuardSettings) -> tuple[int, int, SuppressedBecause] | None:
    """A run of words that is not believed, and why."""
    if (found := _phantom_line(words)) is not None:
        return (*found, "phantom_line")
    if (first := _loop(words, settings)) is not None:
        return first, len(words), "repetition"
    if (first := _squeezed_tail(words, settings)) is not None:
        return first, len(words), "too_fast"
    return None


def _suppressed(words: Sequence[Word], reason: SuppressedBecause) -> Suppressed:
    return Suppressed("".join(w.text for w in words), words[0].start_ms, words[-1].end_ms, reason)


@cache
def _plain(text: str) -> str:
    """Simplified, lower case, letters and digits only."""
    return "".join(c for c in simplify(text).lower() if c.isalnum())


def _is_too_fast(said: Sequence[Word], duration_ms: int, settings: GuardSettings) -> bool:
    characters = sum(_syllables(word.text) for word in said)
    return characters >= _FEWEST and characters * 1000 > settings.fastest_per_s * duration_ms


def _syllables(text: str) -> float:
    """Han characters, and Latin letters as a third of a syllable each."""
    return sum(1 / 3 if c.isascii() else 1 for c in _plain(text))


def _owners(words: Sequence[Word]) -> tuple[str, list[int]]:
    """The plain text, and the word each of its characters belongs to."""
    plain = [_plain(word.text) for word in words]
    return "".join(plain), [index for index, text in enumerate(plain) for _ in text]


def _phantom_line(words: Sequence[Word]) -> tuple[int, int] | None:
    """A known line anywhere in the text, also when a few of its characters are missing or otherwise."""
    text, owner = _owners(words)
    spans = [span for line, pieces in _lines() if any(p in text for p in pieces) and (span := _like(text, line))]
    if not spans:
        return None
    first, last = max(spans, key=lambda span: span[1] - span[0])
    return owner[first], owner[last - 1] + 1


def _like(text: str, line: str) -> tuple[int, int] | None:
    """Where in `text` the line stands; a short one must be there whole."""
    if len(line) <= _SHORT_LINE:
        at = text.find(line)
        return (at, at + len(line)) if at >= 0 else None
    blocks = [b for b in SequenceMatcher(None, text, line, autojunk=False).get_matching_blocks() if b.size > 1]
    if sum(b.size for b in blocks) < _ALIKE * len(line):
        return None
    return blocks[0].a, blocks[-1].a + blocks[-1].size


@cache
def _lines() -> tuple[tuple[str, frozenset[str]], ...]:
    """Each line with its runs of four, one of which a text must have to be looked at closely."""
    return tuple((line, frozenset(line[i : i + 4] for i in range(len(line) - 3))) for line in PHANTOM_LINES)


def _loop(words: Sequence[Word], settings: GuardSettings) -> int | None:
    """Where a piece begins to be said again and again until the end; its first time is kept."""
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
    """The first of the last words that were placed in no time and are not sure either."""
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
