"""People that a command makes at its first run, so that somebody is there to sign in: at a desk, and in the demo."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.cli.people import DESK
from pipeline.people.audit import ITSELF, Deed
from pipeline.people.directory import UserFields
from pipeline.people.permissions import Role
from pipeline.people.person import EVERY_TEAM
from pipeline.people.users import User
from pipeline.server.registry import Registry

DEMO_TEAM = "hotline"
_DEMO_TEAMS = {DEMO_TEAM: "客服热线", "repair": "报修热线"}


@dataclass(frozen=True, slots=True)
class _InDemo:
    fields: UserFields
    shown: str  # what the terminal says before the link


DEMO_PEOPLE = (
    _InDemo(UserFields("agent", "林晓雯", Role.AGENT, DEMO_TEAM, agent_id="1042"), "agent"),
    _InDemo(UserFields("qa", "许岚", Role.QA, assigned=(EVERY_TEAM,)), "QA"),
    _InDemo(UserFields("lead", "王敏", Role.LEAD, DEMO_TEAM), "team lead"),
    _InDemo(UserFields("admin", "郑岩", Role.ADMIN), "administrator"),
)
ON_THE_FLOOR = (  # whose calls are played beside the one of the demo; nobody signs in as them
    UserFields("hejia", "何佳", Role.AGENT, DEMO_TEAM, agent_id="1057"),
    UserFields("gaoya", "高雅", Role.AGENT, DEMO_TEAM, agent_id="1045"),
    UserFields("liangjingyi", "梁静怡", Role.AGENT, DEMO_TEAM, agent_id="1047"),
    UserFields("songjiahao", "宋佳豪", Role.AGENT, DEMO_TEAM, agent_id="1048"),
    UserFields("suting", "苏婷", Role.AGENT, DEMO_TEAM, agent_id="1051"),
    UserFields("zengxue", "曾雪", Role.AGENT, DEMO_TEAM, agent_id="1053"),
    UserFields("dongxinyi", "董欣怡", Role.AGENT, DEMO_TEAM, agent_id="1055"),
)
_COLLEAGUES = (*ON_THE_FLOOR, UserFields("zhaoming", "赵明", Role.AGENT, "repair", agent_id="1063"))  # of the week


def at_desk(registry: Registry, agent_id: str | None, name: str | None) -> User:
    """The agent of this desk, made where there is none of this agent id (default: DESK). Raises AccountRefused."""
    number, directory = agent_id or DESK, registry.directory
    found = directory.user_of_agent(number)
    if found is not None:
        return found
    login = DESK if directory.user_named(DESK) is None else f"{DESK}-{number}"
    return _added(registry, UserFields(login, name or login, Role.AGENT, agent_id=number))


def in_demo(registry: Registry) -> list[tuple[str, User]]:
    """The four people of the demo, each with the English name of the role; makes their colleagues, too."""
    directory = registry.directory
    there = {team.id for team in directory.teams()}
    for team_id, name in _DEMO_TEAMS.items():
        if team_id not in there:
            with registry.audit.together():
                registry.audit.note(None, Deed.TEAM_ADDED, directory.add_team(name, team_id).id, ITSELF)
    people = [
        (one.shown, directory.user_named(one.fields.login) or _added(registry, one.fields)) for one in DEMO_PEOPLE
    ]
    for colleague in _COLLEAGUES:
        if directory.user_of_agent(str(colleague.agent_id)) is None:
            _added(registry, colleague)
    return people


def _added(registry: Registry, told: UserFields) -> User:
    with registry.audit.together():
        user = registry.directory.add(told)
        registry.audit.note(None, Deed.USER_ADDED, user.id, ITSELF, details=user.ids)
        return user
