"""What is told of a recording that is dropped: by its name, and by the line of a table, which has the last word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pipeline.codec import facts_from, moment_from
from pipeline.documents import shown
from pipeline.errors import FactsError, SettingsError
from pipeline.events.call import CallFacts
from pipeline.fact_cells import read_cells, wrong_cell
from pipeline.file_names import NamePattern, in_zone
from pipeline.masking.masking import masked
from pipeline.people.directory import Directory
from pipeline.server.answers import ToldWhy


@dataclass(frozen=True, slots=True)
class NameTold:
    """What a name and its cells tell; `fits`: the pattern does, or there are cells. `started_at`: with its zone.

    `shown`: the name without what identifies people.

    `agent_name`, `agent_team`: of the agent, where somebody has that id; `is_elsewhere`: in a team to which who asks
    may not import. `team`: to which the call is told to go, as an id; null: nothing tells it. `wrong`: the column of
    which the cell cannot be.
    """

    name: str
    shown: str
    fits: bool
    facts: CallFacts
    started_at: str | None
    team: str | None = None
    agent_name: str | None = None
    agent_team: str | None = None
    is_elsewhere: bool = False
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """For one person. `may_import`: to the team of this id."""

    directory: Directory
    may_import: Callable[[str], bool]

    def of(self, name: str, pattern: NamePattern | None, cells: Mapping[str, str]) -> NameTold:
        named = pattern.read(name) if pattern is not None else None
        facts, started_at, fits = CallFacts(), None, named is not None or bool(cells)
        wrong = wrong_cell(cells)
        try:
            if named is not None:
                facts = facts_from(named.facts, facts, shown(name))
                started_at = moment_from(in_zone(named.at, None), shown(name)) if named.at is not None else None
            if wrong is None:
                told, told_at = read_cells(cells, facts, shown(name))
                facts, started_at = facts_from(told, facts, shown(name)), told_at or started_at
        except FactsError:  # a name tells an agent whose id is none, or cells do together
            return NameTold(name, masked(name), False, CallFacts(), None, wrong=wrong)
        team = self._team(facts.team)
        if facts.team is not None and team is None:
            wrong = wrong or "team"
        facts = replace(facts, team=team)
        return self._of_agent(NameTold(name, masked(name), fits, facts, started_at, team, wrong=wrong))

    def _of_agent(self, told: NameTold) -> NameTold:
        agent = self.directory.user_of_agent(told.facts.agent_id) if told.facts.agent_id is not None else None
        if agent is None:
            return told
        if agent.team is not None and self.may_import(agent.team):
            return replace(told, agent_name=agent.name, agent_team=agent.team)
        return replace(told, is_elsewhere=True)

    def _team(self, told: str | None) -> str | None:
        """By id or name; None for one to which this person may not import."""
        found = (team.id for team in self.directory.teams() if told in (team.id, team.name))
        return next((team for team in found if self.may_import(team)), None)


def pattern_of(given: str) -> NamePattern | None:
    """None where names tell nothing. Raises ToldWhy."""
    try:
        return NamePattern(given) if given else None
    except SettingsError as error:
        raise ToldWhy(422, str(error), "pattern") from None
