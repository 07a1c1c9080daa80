"""The closed set of conditions a rulebook may use: what each hears, and its figures. No expression language."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipeline.coach.matching import Phrases
from pipeline.events import Channel, SilenceKind


class Checked(BaseModel):
    """Frozen, and strict about fields it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _compiles(pattern: str | None) -> str | None:
    if pattern is not None:
        try:
            re.compile(pattern)
        except re.error as problem:
            raise ValueError(f"a regular expression ({problem})") from None
    return pattern


Pattern = Annotated[str, Field(min_length=1)]


class Wording(Checked):
    """What to listen for: a pattern on text without punctuation, phrases also by sound."""

    pattern: Pattern | None = None
    phrases: tuple[str, ...] = ()

    _pattern_compiles = field_validator("pattern")(_compiles)

    def listen(self) -> Phrases:
        return Phrases(self.pattern, self.phrases)

    @property
    def is_empty(self) -> bool:
        return self.pattern is None and not self.phrases


class PhraseSaid(Wording):
    """A phrase that must not be said; `recovery` is what mends it."""

    kind: Literal["phrase_said"]
    channel: Literal[Channel.AGENT, Channel.CUSTOMER] = Channel.AGENT
    recovery: Wording = Wording()


class Need(Wording):
    """One thing to be said. With `fact`, the fact itself counts; `only_if_known` drops the need without it."""

    name: str
    fact: Literal["company", "agent_name"] | None = None
    only_if_known: bool = False


class PhraseMissingBy(Checked):
    """All `needs` must be heard within the agent's first `turns` utterances."""

    kind: Literal["phrase_missing_by"]
    turns: int = Field(ge=1)
    direction: Literal["inbound", "outbound"] | None = None
    needs: tuple[Need, ...] = Field(min_length=1)


class Silence(Checked):
    """The limit of a silence is full. `after_speech`: only once the other side has spoken in this call."""

    kind: Literal["silence"]
    of: tuple[SilenceKind, ...] = Field(min_length=1)
    after_speech: bool = True


class SilentCall(Checked):
    """The procedure before the customer has ever spoken; it has its own display instead of hints."""

    kind: Literal["silent_call"]


class HoldReturn(Wording):
    """After an announced silence of `least_ms` the agent's first `turns` utterances must hold the wording.

    `instead` spares the live hint (thanks for an apology), never the score.
    """

    kind: Literal["hold_return"]
    least_ms: int = Field(ge=0)
    turns: int = Field(ge=1)
    within_ms: int = Field(ge=0)
    instead: Wording = Wording()


class Overlap(Checked):
    """`interrupter` took the floor. Turns of back-channel words alone never count."""

    kind: Literal["overlap"]
    interrupter: Literal[Channel.AGENT, Channel.CUSTOMER] = Channel.AGENT
    back_channels: tuple[str, ...] = ()
    back_channel_within_ms: int = Field(default=2_000, ge=0)
    recovery: Wording = Wording()


class Rate(Checked):
    """Characters a minute (DESIGN §5): articulation over a limit, or long outside the band and off the own baseline."""

    kind: Literal["rate"]
    band: tuple[float, float]
    articulation_over: float = Field(gt=0)
    acoustic_over: float = Field(gt=0)
    least_articulation_ms: int = Field(ge=0)
    outside_ms: int = Field(ge=0)
    beyond_baseline: float = Field(ge=0, le=1)
    baseline_ms: int = Field(ge=0)
    say_slow: str


class Pitch(Checked):
    """Variation in semitones below a share of the own baseline, or below a floor, in measures one after another."""

    kind: Literal["pitch"]
    least_voiced_ms: int = Field(ge=0)
    share_of_baseline: float = Field(gt=0, lt=1)
    floor_semitones: float = Field(ge=0)
    measures: int = Field(ge=1)


class Level(Wording):
    """A side too faint to be heard, over several of its utterances. The wording is what the agent says about it.

    `asks` are requests to speak up: the rule speaks after `requests` of them, and up to `requests_most`, were in vain.
    With `own_rise_db` the agent's own level counts instead: so much over its usual one while the other side is faint.
    """

    kind: Literal["level"]
    channel: Literal[Channel.CUSTOMER] = Channel.CUSTOMER
    below_dbfs: float = Field(lt=0)
    below_snr_db: float = Field(gt=0)
    least_snr_db: float = 0.0
    utterances: int = Field(ge=1)
    least_ms: int = Field(ge=0)
    shortest_ms: int = Field(ge=0)
    recovery_db: float = Field(ge=0)
    recovery_ms: int = Field(default=1_000, ge=0)
    asks: Wording = Wording()
    requests: int = Field(default=0, ge=0)
    requests_most: int | None = Field(default=None, ge=0)
    own_rise_db: float | None = Field(default=None, gt=0)
    own_baseline_ms: int = Field(default=5_000, ge=0)


Condition = Annotated[
    PhraseSaid | PhraseMissingBy | Silence | SilentCall | HoldReturn | Overlap | Rate | Pitch | Level,
    Field(discriminator="kind"),
]
