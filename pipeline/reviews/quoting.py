"""What somebody quotes of a call was said there, or stands on its card: whoever reads it takes it for that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.events.hints import Span
from pipeline.events.score import CallScored
from pipeline.events.words import WordsHeard
from pipeline.reviews.entries import Act, with_spans


def quoted_as_said(act: Act, heard: Sequence[WordsHeard], card: CallScored | None) -> Act:
    """Quotes that are of neither are left out. `heard`: the lines as they are, and as they are masked."""

    def told(span: Span) -> Span:
        lines = (line for line in heard if line.channel is span.channel)
        near = [line for line in lines if line.start_ms < span.end_ms and line.end_ms > span.start_ms]
        is_said = any(span.quote in text for line in near for text in (line.text, line.shown))
        is_on_card = card is not None and any(
            (known.start_ms, known.end_ms, known.quote) == (span.start_ms, span.end_ms, span.quote)
            for item in card.items
            for known in item.evidence
            if isinstance(known, Span)
        )
        return span if is_said or is_on_card else replace(span, quote="", quote_en="")

    return with_spans(act, told)
