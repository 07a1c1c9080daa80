"""The closed set of conditions a rulebook may use: what each hears, and its figures. No expression language."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from pipeline.coach.matching import Phrases
from pipeline.coach.patterns import LONGEST, steps_of
from pipeline.events.channels import Channel
from pipeline.events.turns import SilenceKind
from pipeline.quantities import Count, Dbfs, Decibels, Gain, Ms, Share, in_order, is_one_line, within


def _affordable(pattern: str) -> str:
    steps_of(pattern)
    return pattern


class Checked(BaseModel):
    """Frozen, and strict about fields it does not know, kinds, endless numbers and what cannot stand on a screen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, str_max_length=LONGEST)

    @field_validator("*")
    @classmethod
    def _one_line(cls, given: object) -> object:
        texts = given if isinstance(given, tuple) else (given,)
        if not all(is_one_line(text) for text in texts if isinstance(text, str)):
            raise ValueError("texts on one line, without control characters")
        return given


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_affordable)]
Texts = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(max_length=1_000)]
CharactersAMinute = Annotated[float, within(1, 2_000)]


class Wording(Checked):
    """What to listen for: a pattern on text without punctuation, phrases also by sound."""

    pattern: Pattern | None = None
    phrases: Texts = ()

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

    name: Annotated[str, Field(min_length=1, max_length=100)]
    fact: Literal["company", "agent_name"] | None = None
    only_if_known: bool = False


class PhraseMissingBy(Checked):
    """All `needs` must be heard within the agent's first `turns` utterances."""

    kind: Literal["phrase_missing_by"]
    turns: Count
    direction: Literal["inbound", "outbound"] | None = None
    needs: tuple[Need, ...] = Field(min_length=1, max_length=20)


class Silence(Checked):
    """The limit of a silence is full. `after_speech`: only once the other side has spoken in this call."""

    kind: Literal["silence"]
    of: tuple[SilenceKind, ...] = Field(min_length=1, max_length=10)
    after_speech: bool = True


class SilentCall(Checked):
    """The procedure before the customer has ever spoken; it has its own display instead of hints."""

    kind: Literal["silent_call"]


class HoldReturn(Wording):
    """After an announced silence of `least_ms` the agent's first `turns` utterances must hold the wording.

    `instead` spares the live hint (thanks for an apology), never the score.
    """

    kind: Literal["hold_return"]
    least_ms: Ms
    turns: Count
    within_ms: Ms
    instead: Wording = Wording()


class Overlap(Checked):
    """`interrupter` took the floor. Turns of back-channel words alone never count."""

    kind: Literal["overlap"]
    interrupter: Literal[Channel.AGENT, Channel.CUSTOMER] = Channel.AGENT
    back_channels: Texts = ()
    back_channel_within_ms: Ms = 2_000
    recovery: Wording = Wording()


class Rate(Checked):
    """Characters a minute (DESIGN §5): articulation over a limit, or long outside the band and off the own baseline."""

    kind: Literal["rate"]
    band: tuple[CharactersAMinute, CharactersAMinute]
    articulation_over: CharactersAMinute
    acoustic_over: CharactersAMinute
    least_articulation_ms: Ms
    outside_ms: Ms
    beyond_baseline: Share
    baseline_ms: Ms
    say_slow: str

    @model_validator(mode="after")
    def _agrees(self) -> Rate:
        in_order(self, "least_articulation_ms", "baseline_ms")
        if self.band[0] >= self.band[1]:
            raise ValueError("band with the lower figure first")
        return self


class Pitch(Checked):
    """Variation in semitones below a share of the own baseline, or below a floor, in measures one after another."""

    kind: Literal["pitch"]
    least_voiced_ms: Ms
    share_of_baseline: float = Field(gt=0, lt=1)
    floor_semitones: Annotated[float, within(0, 48)]
    measures: Count


class Level(Wording):
    """A side too faint to be heard, over several of its utterances. The wording is what the agent says about it.

    `asks` are requests to speak up: the rule speaks after `requests` of them, and up to `requests_most`, were in vain.
    With `own_rise_db` the agent's own level counts instead: so much over its usual one while the other side is faint.
    """

    kind: Literal["level"]
    channel: Literal[Channel.CUSTOMER] = Channel.CUSTOMER
    below_dbfs: Dbfs
    below_snr_db: Decibels
    least_snr_db: Gain = 0.0
    utterances: Count
    least_ms: Ms
    shortest_ms: Ms
    recovery_db: Decibels
    recovery_ms: Ms = 1_000
    asks: Wording = Wording()
    requests: Annotated[int, within(0, 1_000)] = 0
    requests_most: Annotated[int, within(0, 1_000)] | None = None
    own_rise_db: Annotated[float, within(0.1, 100)] | None = None
    own_baseline_ms: Ms = 5_000

    @model_validator(mode="after")
    def _agrees(self) -> Level:
        in_order(self, "least_snr_db", "below_snr_db")
        if self.requests_most is not None:
            in_order(self, "requests", "requests_most")
        return self


Condition = Annotated[
    PhraseSaid | PhraseMissingBy | Silence | SilentCall | HoldReturn | Overlap | Rate | Pitch | Level,
    Field(discriminator="kind"),
]
