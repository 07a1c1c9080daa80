"""What people write of a call as those see it who may not know what is private in it: others read it."""

from __future__ import annotations

from dataclasses import replace

from pipeline.events.hints import Span
from pipeline.masking.view import MaskedView
from pipeline.reviews.entries import TEXTS, Act, Commented, ItemAppealed


def masked_act(act: Act, view: MaskedView) -> Act:
    """`view`: of the call. Masked again it is the same."""
    told: dict[str, object] = {name: view.text(getattr(act, name)) for name in TEXTS if getattr(act, name, "")}
    if isinstance(act, ItemAppealed):
        told["evidence"] = tuple(_quoted(view, span) for span in act.evidence)
    if isinstance(act, Commented) and act.span is not None:
        told["span"] = _quoted(view, act.span)
    return replace(act, **told)  # type: ignore[arg-type]


def _quoted(view: MaskedView, span: Span) -> Span:
    return replace(span, quote=view.text(span.quote), quote_en=view.text(span.quote_en))
