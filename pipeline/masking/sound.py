"""What is to be muted in the sound of a channel, so that nothing private is heard in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set as AbstractSet
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from pipeline.events.channels import Channel
from pipeline.events.record import Record
from pipeline.events.words import Word, WordsHeard, WordsSuppressed
from pipeline.masking.masking import find, pieces
from pipeline.masking.private import EVERY_KIND, Kind
from pipeline.masking.view import masked_records
from pipeline.ports import SAMPLE_RATE_HZ

MARGIN_MS = 300
"""Before and after what is said: times of words are less sure than that, and so is what the recogniser left out."""


@dataclass(frozen=True, slots=True)
class SpanMs:
    """From `start_ms` to `end_ms` of the call."""

    start_ms: int
    end_ms: int


def spans_ms(
    lines: Sequence[Sequence[Word]], kinds: AbstractSet[Kind] = EVERY_KIND, margin_ms: int = MARGIN_MS
) -> tuple[SpanMs, ...]:
    """Where something private of `kinds` is said, with margins, in order; none touches another.

    `lines`: the final words of one channel, a sequence for each WordsHeard, in order of time. What is told in several
    turns is one span, pauses and all: a digit that the recogniser left out lies in them.
    """
    words = [word for line in lines for word in line]
    # A line end behind the last word of each line, as `find` wants lines joined.
    texts = [word.text + "\n" * (word is line[-1]) for line in lines for word in line]
    ends = list(accumulate(map(len, texts)))
    text = "".join(texts)
    spans = []
    for private in find(text):
        if private.kind in kinds:
            said = [
                word
                for word, end, its_text in zip(words, ends, texts, strict=True)
                if end > private.start and end - len(its_text) < private.end
            ]
            start_ms, end_ms = min(word.start_ms for word in said), max(word.end_ms for word in said)
            spans.append(_with_margins(start_ms, end_ms, margin_ms))
    return _joined(spans)


def of_call(records: Iterable[Record]) -> tuple[SpanMs, ...]:
    """What is to be muted on all channels of a call, of which these are all records: a voice comes in on the other too.

    Also words that are masked by another writing of them, what was rejected as not spoken, and may have been, and an
    utterance of which another reading tells more that is private than its text: nobody knows where in it.
    """
    told = sorted(
        (record for record in records if isinstance(record.event, WordsHeard | WordsSuppressed)),
        key=lambda record: record.event.start_ms,  # type: ignore[union-attr]
    )
    heard = [record.event for record in told if isinstance(record.event, WordsHeard)]
    spans = [
        span for channel in Channel for span in spans_ms([event.words for event in heard if event.channel is channel])
    ]
    for record, seen in zip(told, masked_records(told), strict=True):
        if isinstance(record.event, WordsSuppressed) and pieces(record.event.text):
            spans.append(_with_margins(record.event.start_ms, record.event.end_ms))
        if isinstance(record.event, WordsHeard) and isinstance(seen.event, WordsHeard):
            words = zip(record.event.words, seen.event.words, strict=True)
            spans += [_with_margins(word.start_ms, word.end_ms) for word, now in words if word.text != now.text]
            is_unplaced = record.event.text != seen.event.text and not record.event.words
            if is_unplaced or _is_told_otherwise(record.event):
                spans.append(_with_margins(record.event.start_ms, record.event.end_ms))
    return _joined(spans)


def _is_told_otherwise(heard: WordsHeard) -> bool:
    return any(len(find(other)) > len(find(heard.text)) for other in heard.otherwise)


def _with_margins(start_ms: int, end_ms: int, margin_ms: int = MARGIN_MS) -> SpanMs:
    return SpanMs(max(0, start_ms - margin_ms), end_ms + margin_ms)


def mute(pcm: NDArray[np.int16], spans: Sequence[SpanMs], rate_hz: int = SAMPLE_RATE_HZ) -> NDArray[np.int16]:
    """A copy of `pcm`, which begins with the call, silent in the spans. `pcm`: (n,), or (n, channels) to mute them all.

    Where a voice comes in on the other channel, too, both are to be muted.
    """
    muted = pcm.copy()
    for span in spans:
        muted[span.start_ms * rate_hz // 1000 : -(-span.end_ms * rate_hz // 1000)] = 0
    return muted


def _joined(spans: Sequence[SpanMs]) -> tuple[SpanMs, ...]:
    joined: list[SpanMs] = []
    for span in sorted(spans, key=lambda span: span.start_ms):
        if joined and span.start_ms <= joined[-1].end_ms:
            joined[-1] = SpanMs(joined[-1].start_ms, max(joined[-1].end_ms, span.end_ms))
        else:
            joined.append(span)
    return tuple(joined)
