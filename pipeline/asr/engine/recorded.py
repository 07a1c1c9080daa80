"""A recogniser that answers from a list: what a model heard when recordings that come with callcoach were made.

An utterance is known by its outline, the level of each 100 ms: another machine decodes the same file with other last
bits, and may hear a turn begin a moment sooner. One that is not in the list is an error, never a guess.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from pipeline.errors import ModelError
from pipeline.events.call import WordsTrust
from pipeline.ports import SAMPLE_RATE_HZ, Pcm, Pending, Recognised, Transcriber, Utterance

_FRAME = SAMPLE_RATE_HZ // 10
_FLOOR_DBFS = 60  # below that a room is as good as another
_SHIFT = 2  # frames by which a turn may begin or end elsewhere
_APART_DB = 2.5  # on average; two utterances of one voice are 6 and more apart

Outline = NDArray[np.int16]
_RECOGNISED: TypeAdapter[Recognised] = TypeAdapter(Recognised)


@dataclass(frozen=True, slots=True)
class _Heard:
    channel: str
    outline: Outline
    recognised: Recognised


class RecordedTranscriber:
    """Answers with what `model` heard then. Any thread; no time, no weights."""

    fault = ""
    has_room = False  # guesses were not recorded

    def __init__(self, file: Path, model: str, trust: WordsTrust | None, notice: str = "") -> None:
        """`notice`: what pages say of it. Raises ModelError for a file that is not there, or is no such list."""
        self.engine, self.notice = f"{model} (recorded)", notice
        self.trust = trust
        self._file = file
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
            self._heard = [_read(json.loads(line)) for line in lines]
        except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
            raise ModelError(f"{file}: no list of words that were heard: {error}") from error

    def ask(self, utterance: Utterance) -> Pending:
        return _Answer(self, utterance)

    def find(self, utterance: Utterance) -> Recognised:
        """Raises ModelError for sound that is not in the list."""
        wanted = outline(utterance.pcm)
        near = [(apart(wanted, one.outline), one) for one in self._heard if one.channel == utterance.channel]
        best = min(near, key=lambda found: found[0], default=None)
        if best is None or best[0] > _APART_DB:
            seconds = len(utterance.pcm) / SAMPLE_RATE_HZ
            what = f"{seconds:.1f} s of the {utterance.channel}'s sound in call {utterance.call_id}"
            raise ModelError(f"{self._file.name}: has no words for {what}: the recording is not the one that was heard")
        return best[1].recognised


class Writing:
    """Another recogniser, of which the finals are kept as lines for the list."""

    def __init__(self, inner: Transcriber) -> None:
        self._inner = inner
        self._asked: list[tuple[Utterance, Pending]] = []
        self.engine, self.notice, self.trust, self.fault = inner.engine, inner.notice, inner.trust, ""
        self.has_room = False

    def ask(self, utterance: Utterance) -> Pending:
        pending = self._inner.ask(utterance)
        self._asked.append((utterance, pending))
        return pending

    def lines(self) -> Iterable[str]:
        """Of all that was asked for, in order. Raises AsrError where recognition failed."""
        for utterance, pending in self._asked:
            told = {"channel": utterance.channel, "outline": outline(utterance.pcm).tolist()}
            yield json.dumps({**told, "heard": asdict(pending.result())}, ensure_ascii=False, separators=(",", ":"))


class _Answer:
    def __init__(self, transcriber: RecordedTranscriber, utterance: Utterance) -> None:
        self._transcriber = transcriber
        self._utterance = utterance

    def ready(self) -> bool:
        return True

    def when_ready(self, tell: Callable[[], None]) -> None:
        tell()

    def result(self) -> Recognised:
        return self._transcriber.find(self._utterance)


def outline(pcm: Pcm) -> Outline:
    """How far below full scale each whole 100 ms is, in dB, `_FLOOR_DBFS` at most."""
    frames = pcm[: len(pcm) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64) / 32768
    power = (frames**2).mean(axis=1) if len(frames) else np.zeros(0)
    levels = -10 * np.log10(np.maximum(power, 10 ** (-_FLOOR_DBFS / 10)))
    return np.round(levels).astype(np.int16)


def apart(one: Outline, other: Outline) -> float:
    """Mean difference in dB where they fit best; infinite for those of another length."""
    if abs(len(one) - len(other)) > _SHIFT:
        return float("inf")
    best = float("inf")
    for shift in range(-_SHIFT, _SHIFT + 1):
        left, right = one[max(0, shift) :], other[max(0, -shift) :]
        both = min(len(left), len(right))
        if both:
            best = min(best, float(np.abs(left[:both] - right[:both]).mean()))
    return best


def _read(line: dict[str, Any]) -> _Heard:
    recognised = _RECOGNISED.validate_python(line["heard"])
    return _Heard(str(line["channel"]), np.array(line["outline"], np.int16), recognised)
