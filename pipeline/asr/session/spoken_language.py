"""Which language a channel speaks, pooled over its utterances: a cumulative sum for each language (Page 1954, CUSUM).

Whisper tells how probable each language is in an utterance (Radford et al. 2022, §2.3). One short or noisy utterance
tells little: noise has no language more probable than all others together, and a word like OK is of no language. So
what is summed up is the logarithm of the odds of a language against all others, bounded, and little for short ones.
The figures below come from `python -m benchmarks.asr --only language` (docs/words.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline.events.words import COACHED
from pipeline.ports import Recognised, Suppressed

_MOST_ODDS = 3.0  # natural logarithm, of a probability of 95 %: what is surer counts no more
_FROM_MS, _WHOLE_MS = 500, 1_500  # an utterance counts from this length on, and once when it is so much longer,
_MOST_WEIGHT = 2.0  # and never more than this often
_LEAST_PROBABLE = 0.02  # an utterance in which the coached language is less probable is not written in it
_AWAY = 3.0  # evidence at which a channel is taken to speak another language: 2 s that are sure
_BACK = 1.5  # and at which it is taken to speak the coached one again: 1.25 s


@dataclass(slots=True)
class _Sum:
    """Evidence for one language, never below 0. `start_ms`: of the first utterance that counts in it."""

    evidence: float = 0.0
    start_ms: int = 0


class SpokenLanguage:
    """The language of one channel: `now`, as an ISO 639 code, the coached one until others are heard."""

    def __init__(self) -> None:
        self.now = COACHED
        self._sums: dict[str, _Sum] = {}  # of all languages but `now`

    def feed(self, start_ms: int, end_ms: int, languages: Mapping[str, float]) -> int | None:
        """An utterance with the probabilities of its languages; without any it tells nothing.

        Returns from when on `now` is spoken, where that has just changed; else None.
        """
        if not languages:
            return None
        weight = min(_MOST_WEIGHT, max(0, end_ms - start_ms - _FROM_MS) / _WHOLE_MS)
        for language in {*languages, *self._sums} - {self.now}:
            one = self._sums.setdefault(language, _Sum())
            if one.evidence == 0:
                one.start_ms = start_ms
            one.evidence = max(0.0, one.evidence + weight * _odds(languages.get(language, 0.0)))
        now, most = max(self._sums.items(), key=lambda item: item[1].evidence, default=(self.now, _Sum()))
        if most.evidence < (_BACK if now == COACHED else _AWAY):
            return None
        self.now, self._sums = now, {}
        return most.start_ms


def believed(found: Recognised) -> Recognised:
    """Rejects the words of an utterance that is hardly in the language they are written in, the coached one.

    For as long as too little was said to know what a channel speaks.
    """
    if not found.words or not found.languages or found.languages.get(COACHED, 0.0) >= _LEAST_PROBABLE:
        return found
    text = "".join(word.text for word in found.words)
    doubt = Suppressed(text, found.words[0].start_ms, found.words[-1].end_ms, "other_language")
    return replace(found, words=(), suppressed=(*found.suppressed, doubt))


def _odds(probability: float) -> float:
    """Natural logarithm of the odds against all other languages, within bounds."""
    if not 0 < probability < 1:
        return math.copysign(_MOST_ODDS, probability - 0.5)
    return min(_MOST_ODDS, max(-_MOST_ODDS, math.log(probability / (1 - probability))))
