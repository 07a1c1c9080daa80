"""What people write of a call as those see it who may not know what is private in it: others read it."""

from __future__ import annotations

from dataclasses import replace

from pipeline.events.hints import Span
from pipeline.masking.view import MaskedView
from pipeline.reviews.entries import TEXTS, Act, with_spans


def masked_act(act: Act, view: MaskedView) -> Act:
    """`view`: of the call. Masked again it is the same."""
    told: dict[str, object] = {name: view.text(getattr(act, name)) for name in TEXTS if getattr(act, name, "")}
    return with_spans(replace(act, **told), lambda span: _quoted(view, span))  # type: ignore[arg-type]


def _quoted(view: MaskedView, span: Span) -> Span:
    return replace(span, quote=view.text(span.quote), quote_en=view.text(span.quote_en))
