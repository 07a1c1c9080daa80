"""`silent_call`: the procedure of `procedures.silent_call` before the customer has ever spoken."""

from __future__ import annotations

from typing import Literal

from pipeline.coach.conditions.kind import Kind
from pipeline.coach.wording import Checked


class SilentCall(Checked):
    """The procedure before the customer has ever spoken; it has its own display instead of hints.

    Its words stand under `scripts.silent_call` of the rulebook, the rule is what it counts for in the score.
    """

    kind: Literal["silent_call"]


KIND = Kind(SilentCall, watch=None)
