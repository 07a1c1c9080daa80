"""What a rulebook may hold: rules, scripts, phases, limits, texts and groups, as data that is checked when read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from pipeline.coach.conditions.kind import Kind
from pipeline.coach.conditions.table import Condition, kind_of
from pipeline.coach.phases import Phase
from pipeline.coach.procedures.silent_call import SilentCallScript
from pipeline.coach.procedures.waits import Waits
from pipeline.coach.prompts import PromptWords
from pipeline.coach.wording import Act, Checked, Cite, Covers, Examples, Id, Saying, Wording, check_placeholders, only
from pipeline.events.hints import Severity
from pipeline.folders import bundled
from pipeline.quantities import DAY_MS, Dbfs, Ms, Share, within

MOST_HAN = 24
"""An agent reads a hint while talking: more than this is not read."""

MOST_PHRASES = 4_000
"""Of all rules together: forty times what the shipped rulebook has."""


class English(Checked):
    """A rule's texts for a page in English. Words to say stay Chinese, so there is no `speak`."""

    title: str = Field(min_length=1)
    do: str = ""
    why: str = Field(min_length=1)
    clears_when: str = Field(min_length=1)


class Rule(Checked):
    """One rule. `phases` empty: in all; `when` is the condition; times in ms.

    The hint is either `speak`, words to say, or `do`, an order. `do`, `speak`, `why` and the English may hold the
    figures of the condition's kind in braces. `verbatim`: the handbook's own sentence, whole, however long it is.
    `covers`: items of the handbook that it stands for; where none is named, the one of its own id.
    """

    id: Id
    title: str = Field(min_length=1)
    when: Condition
    phases: tuple[str, ...] = ()
    use: Literal["live", "after", "both"] = "both"
    severity: Severity
    weight: int = Field(ge=0, le=100)
    group: str = Field(min_length=1)
    fatal: bool = False
    cooldown_ms: Ms = 0
    expires_ms: Annotated[int, within(3_000, DAY_MS)] | None = None
    speak: Annotated[str, Field(min_length=1)] | None = None
    do: Annotated[str, Field(min_length=1)] | None = None
    verbatim: bool = False
    why: str
    clears_when: str
    en: English | None = None
    cite: Cite
    covers: Covers = ()
    examples: Examples = Examples()

    @field_validator("speak", "do", "why")
    @classmethod
    def _fillable(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text is not None and "when" in info.data:  # otherwise that is the fault to be told
            check_placeholders(text, kind_of(info.data["when"]).figures)
        return text

    @field_validator("en")
    @classmethod
    def _fillable_in_english(cls, texts: English | None, info: ValidationInfo) -> English | None:
        if texts is not None and "when" in info.data:
            for text in (texts.do, texts.why):
                check_placeholders(text, kind_of(info.data["when"]).figures)
        return texts

    @model_validator(mode="after")
    def _one_short_text(self) -> Rule:
        if (self.speak is None) == (self.do is None):
            raise ValueError("either `speak`, words to say, or `do`, an order")
        count = len(re.findall(r"[\u4e00-\u9fff]", self.say))
        if count > MOST_HAN and not self.verbatim:
            raise ValueError(f"a hint of {MOST_HAN} Han characters at most, not {count} (or `verbatim`)")
        return self

    @property
    def items(self) -> tuple[str, ...]:
        """The items of the handbook that it stands for."""
        return self.covers or (self.id,)

    @property
    def say(self) -> str:
        """What the agent reads."""
        return self.speak or self.do or ""

    @property
    def form(self) -> Literal["speak", "do"]:
        return "speak" if self.speak is not None else "do"

    @property
    def kind(self) -> Kind[Any]:
        """The line of the table of conditions for `when`."""
        return kind_of(self.when)

    @property
    def is_live(self) -> bool:
        return self.use != "after"

    @property
    def is_scored(self) -> bool:
        return self.use != "live"


class Scripts(Checked):
    """Exact words of procedures. `come_back`: what to say to a customer who has waited."""

    silent_call: SilentCallScript | None = None
    come_back: str = ""


class Meters(Checked):
    """What the page's meters show beside the bands of the rules; what is left out is not shown.

    `pace_target`: characters a minute. `level_dbfs`: the level of speech as it should be, from and to; more than
    `clipped_share` of the samples at the limit is too loud.
    """

    pace_target: Annotated[float, within(1, 2_000)] | None = None
    level_dbfs: tuple[Dbfs, Dbfs] | None = None
    clipped_share: Share = 0.01

    @field_validator("level_dbfs")
    @classmethod
    def _lower_first(cls, band: tuple[float, float] | None) -> tuple[float, float] | None:
        if band and band[0] >= band[1]:
            raise ValueError("the lower figure first")
        return band


class HintPace(Checked):
    """The pace at which a person can follow hints.

    `spacing_ms`: after an equal or a graver one; critical ones and passing moments neither wait nor make others wait.
    `least_shown_ms`: shorter is a flicker. `obeyed_within_ms`: what comes later is no answer to the hint.
    """

    spacing_ms: Ms = 8_000
    least_shown_ms: Ms = 3_000
    obeyed_within_ms: Ms = 10_000


class Scoring(Checked):
    """How the score card is reckoned. A missed fatal rule caps the total at `fatal_cap`.

    `groups`: what each group counts where any of its rules has a verdict; without them, what those rules weigh. There
    is no total for a call under `least_ms`, nor where less than `least_share` of the weight that it offered, or less
    than a weight of `least_weight`, has a verdict, nor where there is neither a fault nor anything heard that met a
    rule. Language is clean only once the agent has spoken for `clean_after_ms`. Where less than `least_worded` of the
    speech has words, or that little of the agent's was Mandarin, nothing is judged by what was not heard; where more
    than `most_lost` of the time the sound was lost, nothing is met. The texts are what the card notes beside a rule.
    """

    fatal_cap: Annotated[float, within(0, 100)] = 59.0
    groups: dict[str, Annotated[int, within(1, 100)]] = Field(default_factory=dict, max_length=100)
    least_share: Share = 0.5
    least_weight: Annotated[int, within(0, 1_000)] = 0
    least_ms: Ms = 20_000
    clean_after_ms: Ms = 20_000
    least_worded: Share = 0.5
    most_lost: Share = 0.1
    missed: Annotated[str, only("count")] = "{count} 次"
    missed_en: Annotated[str, only("count")] = "{count} ×"
    of_no_use: Annotated[str, only()] = "坐席标记提示没用"
    of_no_use_en: Annotated[str, only()] = "marked as not useful by the agent"
    without_words: Annotated[str, only()] = "没有文字，无法判断"
    without_words_en: Annotated[str, only()] = "no words, cannot be judged"
    other_language: Annotated[str, only()] = "说的不是普通话，无法判断"
    other_language_en: Annotated[str, only()] = "not spoken in Mandarin, cannot be judged"
    without_roles: Annotated[str, only()] = "单声道，分不清谁是坐席"
    without_roles_en: Annotated[str, only()] = "one channel, nobody knows who the agent is"
    sound_lost: Annotated[str, only()] = "声音缺失，无法判断"
    sound_lost_en: Annotated[str, only()] = "sound was missing, cannot be judged"
    too_slow: Annotated[str, only()] = "句式太慢，本次通话停用"
    too_slow_en: Annotated[str, only()] = "a pattern is too slow, off for this call"


class Rulebook(Checked):
    """A checked rulebook. The order of the rules is the order of the scorecard, that of `groups` the order of groups.

    Without `phases` a call has none, and no rule may name one; without `groups` a rule may name any.
    """

    id: str = Field(min_length=1)
    version: str = Field(min_length=1)
    title: str = ""
    phases: tuple[Phase, ...] = Field(default=(), max_length=100)
    groups: tuple[Annotated[str, Field(min_length=1)], ...] = Field(default=(), max_length=100)
    acts: tuple[Act, ...] = Field(default=(), max_length=1_000)
    groups_en: dict[str, str] = Field(default={}, max_length=100)
    meters: Meters = Meters()
    hints: HintPace = HintPace()
    score: Scoring = Scoring()
    waits: Waits = Waits()
    scripts: Scripts = Scripts()
    announcements: PromptWords | None = None
    rules: tuple[Rule, ...] = Field(min_length=1, max_length=1_000)

    @model_validator(mode="after")
    def _ids_differ(self) -> Rulebook:
        for name, parts in (("rule", self.rules), ("phase", self.phases), ("act", self.acts)):
            ids = [part.id for part in parts]
            if twice := [i for i, times in Counter(ids).items() if times > 1]:
                raise ValueError(f"{name} ids used once only; {', '.join(twice)} stands there twice")
        return self

    @model_validator(mode="after")
    def _names_are_known(self) -> Rulebook:
        if faults := list(_unknown_names(self)):
            raise ValidationError.from_exception_data("Rulebook", faults)
        acts = {act.id: act for act in self.acts}
        for _, saying in sayings(self):
            if isinstance(saying, Wording):
                saying.know(acts)
        return self

    @model_validator(mode="after")
    def _keeps_up(self) -> Rulebook:
        """Every utterance of a call is searched for all of it."""
        if (phrases := sum(len(saying.phrases) for _, saying in sayings(self))) > MOST_PHRASES:
            raise ValueError(f"{MOST_PHRASES} phrases at most in all rules, not {phrases}")
        return self

    @property
    def least_voice_ms(self) -> int:
        """A shorter turn of the customer's side is a click."""
        return self.scripts.silent_call.customer_turn_ms if self.scripts.silent_call else 0

    def rule(self, rule_id: str) -> Rule:
        """KeyError when there is none."""
        return {rule.id: rule for rule in self.rules}[rule_id]


def _unknown_names(book: Rulebook) -> Iterator[InitErrorDetails]:
    """Phases, groups and acts that are used and stand nowhere."""
    phases = [phase.id for phase in book.phases]
    # Rulebooks of earlier versions had no `phases`: whoever upgrades with one must find what to add.
    none = f"none, as the rulebook has no `phases`: take them from {bundled('rules', 'handbook.yaml')}"
    for number, phase in enumerate(book.phases):
        for place, name in enumerate(phase.after):
            if name not in phases:
                yield _unknown(name, ("phases", number, "after", place), phases, none)
    for number, rule in enumerate(book.rules):
        for place, name in enumerate(rule.phases):
            if name not in phases:
                yield _unknown(name, ("rules", number, "phases", place), phases, none)
        if book.groups and rule.group not in book.groups:
            yield _unknown(rule.group, ("rules", number, "group"), list(book.groups), "")
    acts = [act.id for act in book.acts]
    for where, saying in sayings(book):
        for place, name in enumerate(saying.acts if isinstance(saying, Wording) else ()):
            if name not in acts:
                yield _unknown(name, (*where, "acts", place), acts, "none, as the rulebook has no `acts`")
        if book.score.groups and rule.is_scored and rule.group not in book.score.groups:
            yield _unknown(rule.group, ("rules", number, "group"), list(book.score.groups), "")
    known = list(book.groups) or [rule.group for rule in book.rules]
    for name in book.score.groups:
        if name not in known:
            yield _unknown(name, ("score", "groups"), known, "")


def _unknown(name: str, where: tuple[int | str, ...], known: list[str], none: str) -> InitErrorDetails:
    wanted = f"one of {', '.join(known)}" if known else none
    return InitErrorDetails(
        type=PydanticCustomError("unknown_name", "{wanted}", {"wanted": wanted}), loc=where, input=name
    )


def sayings(part: object, where: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], Saying]]:
    """All that is listened for in a rulebook or a part of it, and where it stands."""
    if isinstance(part, Saying):
        yield where, part
    if isinstance(part, tuple):
        for number, inner in enumerate(part):
            yield from sayings(inner, (*where, number))
    elif isinstance(part, Checked):
        for name in type(part).model_fields:
            yield from sayings(getattr(part, name), (*where, name))
