"""A facts file: what is known about a call besides its sound."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.codec import facts_from, moment_from
from pipeline.documents import read_yaml
from pipeline.errors import FactsError
from pipeline.events.call import CallFacts
from pipeline.quantities import OneLine


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """What every call of this desk begins with, unless `--facts`, the page or the telephone system says better."""

    company: OneLine = ""  # empty: not known
    timezone: OneLine = ""  # like Asia/Shanghai
    team: OneLine = ""

    def __post_init__(self) -> None:
        try:
            self.as_facts()
        except FactsError as error:  # `config` says where it was given
            raise ValueError(str(error).removeprefix(": ")) from None

    def as_facts(self) -> CallFacts:
        return facts_from({name: value for name, value in asdict(self).items() if value}, CallFacts(), "")


def load_facts(path: Path | None, base: CallFacts | None = None) -> tuple[CallFacts, str | None]:
    """The facts over those of `base`, and when the call was (`started_at`, ISO 8601 with zone) where the file says it.

    Raises FactsError naming the file, the fact, what was given and what was wanted.
    """
    if path is None:
        return base or CallFacts(), None
    given = _read(path)
    started_at = moment_from(given.pop("started_at", None), str(path))
    facts = facts_from(given, base or CallFacts(), str(path), beside=["started_at"])
    return facts, started_at


def _read(path: Path) -> dict[str, Any]:
    given = read_yaml(path, FactsError).value
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise FactsError(f"{path}: it must be a list of `name: value` lines")
    return given
