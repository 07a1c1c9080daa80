"""What every part of a rulebook is made of: checked fields, texts with placeholders, and what is listened for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

from pipeline.coach.matching import Phrases
from pipeline.coach.patterns import LONGEST, check
from pipeline.events.hints import Citation
from pipeline.quantities import is_one_line


def _readable(pattern: str) -> str:
    check(pattern)
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


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_readable)]
Texts = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(max_length=1_000)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


BREATH_MS = 1_000
"""People pause so long between the clauses of one sentence; ours."""

Covers = Annotated[tuple[Id, ...], Field(max_length=50)]
"""Items of the handbook, by their ids, that something stands for."""


class Saying(Checked):
    """What to listen for: a pattern, and phrases that are found by sound, too.

    Not found where `unless` is in the ten characters before it, or `unless_after` in the ten after it, in the same
    clause; there `$` and `^` are where it begins and ends.
    """

    pattern: Pattern | None = None
    phrases: Texts = ()
    unless: Pattern | None = None
    unless_after: Pattern | None = None

    @property
    def is_empty(self) -> bool:
        return self.pattern is None and not self.phrases

    def listen(self) -> Phrases:
        """Made ready to search utterances with. Costs a compilation: once for each call, not for each utterance."""
        return Phrases(self.pattern, self.phrases, unless=(self.unless, self.unless_after))

    @model_validator(mode="after")
    def _spares_something(self) -> Saying:
        if self.is_empty and (self.unless or self.unless_after):
            raise ValueError("a pattern or phrases beside `unless`")
        return self


class Examples(Checked):
    """Texts in which something must be heard, `hits`, and near to them `misses`, in which it must not."""

    hits: Annotated[Texts, Field(max_length=200)] = ()
    misses: Annotated[Texts, Field(max_length=200)] = ()


class Act(Saying):
    """What people do with words (致歉, 请等), worded once for all that listen for it by its id."""

    id: Id
    title: str = Field(min_length=1)
    examples: Examples = Examples()

    @model_validator(mode="after")
    def _listens_for_something(self) -> Act:
        if self.is_empty:
            raise ValueError("a pattern or phrases")
        return self


class Wording(Saying):
    """A saying of its own, or any of the rulebook's acts, which the rulebook puts in when it is read."""

    acts: Annotated[tuple[Id, ...], Field(max_length=100)] = ()
    _known: tuple[Act, ...] = PrivateAttr(default=())

    def know(self, acts: Mapping[str, Act]) -> None:
        """Tell it what the acts of its rulebook are. KeyError when it names one that is not among them."""
        self._known = tuple(acts[name] for name in self.acts)

    @property
    def is_empty(self) -> bool:
        return super().is_empty and not self.acts

    def listen(self) -> Phrases:
        others = [act.listen() for act in self._known]
        return Phrases(self.pattern, self.phrases, unless=(self.unless, self.unless_after), others=others)


class NeededWording(Wording):
    """A wording that must hold something."""

    @model_validator(mode="after")
    def _listens_for_something(self) -> NeededWording:
        if self.is_empty:
            raise ValueError("a pattern, phrases or acts")
        return self


class Cite(Checked):
    """Handbook document and its own words."""

    document: str = Field(min_length=1)
    quote: str = Field(min_length=1)

    @property
    def citation(self) -> Citation:
        return Citation(self.document, self.quote)


def placeholders(text: str) -> set[str]:
    """The names in braces: `{seconds}` is to be replaced by a figure. Raises ValueError for half a pair of braces."""
    if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
        raise ValueError("braces in pairs, { before }")
    return set(re.findall(r"\{([^{}]*)\}", text))


def only(*names: str) -> AfterValidator:
    """For the type of a text: its placeholders must be among `names`."""

    def check(text: str) -> str:
        check_placeholders(text, names)
        return text

    return AfterValidator(check)


def check_placeholders(text: str, known: tuple[str, ...]) -> None:
    """Raises ValueError when `text` has a placeholder that nothing would fill."""
    if unknown := placeholders(text) - set(known):
        raise ValueError(f"placeholders among {sorted(known)}, not {sorted(unknown)}")


def fill(text: str, **figures: str) -> str:
    """`text` with its placeholders replaced."""
    for name, value in figures.items():
        text = text.replace(f"{{{name}}}", value)
    return text


_IF_KNOWN = re.compile(r"\[([^\[\]]*)\]")


def fill_known(text: str, facts: Mapping[str, str | None], unknown: str) -> str:
    """`text` with its placeholders replaced, those of unknown facts by `unknown`.

    A part in square brackets is left out where one of its facts is unknown.
    A fact that ends as the text goes on is not said twice: 华安客服中心 in `{company}客服中心` stays 华安客服中心.
    """
    known = {name: value for name, value in facts.items() if value}
    text = _IF_KNOWN.sub(lambda part: part[1] if placeholders(part[1]) <= known.keys() else "", text)
    for name, value in known.items():
        follows = re.search(rf"\{{{name}\}}(\w+)", text)
        text = text.replace(f"{{{name}}}", value.removesuffix(follows[1]) if follows else value)
    return re.sub(r"\{[^{}]*\}", unknown, text)
