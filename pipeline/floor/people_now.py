"""Who there is on the floor: agents and leads of the teams, their places, who has signed in, what teams have set.

Read in a thread, every second: what has not changed meanwhile is not read again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from pipeline.floor.plan import SeatsKept, placed
from pipeline.people.desks import Desks, Shift
from pipeline.people.directory import Directory
from pipeline.people.permissions import Role
from pipeline.people.team_settings import UNSET, SettingsOfTeams, TeamSettings


@dataclass(frozen=True, slots=True)
class Agent:
    name: str
    team: str
    position: int


@dataclass(frozen=True, slots=True)
class People:
    """`agents` and `shifts` by agent id, `teams`, `settings` and `places` by the team's id. `names`: of users, by their
    id. `places`: also of people who have left, by agent id.
    """

    agents: Mapping[str, Agent] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)
    leads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    shifts: Mapping[str, Shift] = field(default_factory=dict)
    settings: Mapping[str, TeamSettings] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def settings_of(self, team: str | None) -> TeamSettings:
        return self.settings.get(team, UNSET) if team is not None else UNSET

    def seated(self, calls: Mapping[str, str | None]) -> People:
        """With everybody in the team of the call they are on, or of their open case, to its end, wherever they belong
        by now: who sees that sees its seat. `calls`: those teams, by agent id.
        """
        known = {id: one.team for id, one in self.agents.items()}
        moved = {id: team for id, team in calls.items() if team in self.teams and known.get(id) != team}
        if not moved:
            return self
        agents, places = dict(self.agents), {team: dict(self.places.get(team, {})) for team in moved.values() if team}
        for agent_id, team in sorted((id, team) for id, team in moved.items() if team):
            places[team] |= placed(places[team], [agent_id])
            name = self.agents[agent_id].name if agent_id in self.agents else agent_id
            agents[agent_id] = Agent(name, team, places[team][agent_id])
        return replace(self, agents=agents)


class PeopleNow:
    """`look` from one thread at a time. May raise StoreError; whoever has no place yet is given one, and it is kept."""

    def __init__(
        self,
        directory: Directory,
        desks: Desks,
        team_settings: SettingsOfTeams,
        seats: SeatsKept,
        changes: Callable[[], int],
    ) -> None:
        """`changes`: raised by each change of people (`Accounts.changes`)."""
        self._directory = directory
        self._desks = desks
        self._team_settings = team_settings
        self._seats = seats
        self._changes = changes
        self._seen: int | None = None
        self._known = People()

    def forget(self) -> None:
        """The plan was changed: people are read again."""
        self._seen = None

    def look(self) -> People:
        changes, now = self._changes(), time.time()
        if changes != self._seen:
            self._known = self._read()
            self._seen = changes
        shifts = {one.agent_id: one for one in self._desks.open_shifts() if one.is_open(now)}
        settings = {team: self._team_settings.current(team).settings for team in self._known.teams}
        self._known = replace(self._known, shifts=shifts, settings=settings)
        return self._known

    def _read(self) -> People:
        users = [user for user in self._directory.users() if user.removed_at is None]
        teams = {team.id: team.name for team in self._directory.teams()}
        agents = [user for user in users if user.role is Role.AGENT and user.agent_id and user.team in teams]
        plans = self._placed((user.team or "", user.agent_id or "") for user in agents if not user.is_disabled)
        found = {
            user.agent_id or "": Agent(user.name, user.team or "", plans[user.team or ""][user.agent_id or ""])
            for user in agents
            if not user.is_disabled
        }
        present = [user for user in users if user.role is Role.LEAD and user.may_come_in]
        leads = {team: tuple(user.name for user in present if user.team == team) for team in teams}
        return People(found, teams, leads, {user.id: user.name for user in users}, places=plans)

    def _placed(self, agents: Iterable[tuple[str, str]]) -> Mapping[str, Mapping[str, int]]:
        plans = self._seats.plans()
        of_teams: dict[str, list[str]] = {}
        for team, agent_id in agents:
            of_teams.setdefault(team, []).append(agent_id)
        for team, ids in of_teams.items():
            known = plans.setdefault(team, {})
            if new := placed(known, ids):
                self._seats.add(team, new)
                known |= new
        return plans
