"""Routes of teams and of what they have set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response

from pipeline.documents import shown
from pipeline.people.audit import Audit, Deed
from pipeline.people.directory import Directory
from pipeline.people.permissions import Action
from pipeline.people.person import Whose
from pipeline.people.team_settings import ACTED_ON, NEVER_SET, SettingsOfTeams, SettingsVersion
from pipeline.people.users import Team
from pipeline.server.answers import CHANGING, READING
from pipeline.server.bodies import Given
from pipeline.server.fields import takes, text
from pipeline.server.gate import Asker
from pipeline.server.needs import NotPermitted, needs, together

_MAY_READ, _MAY_CHANGE = Depends(needs(Action.PEOPLE_READ)), Depends(needs(Action.PEOPLE_CHANGE))
_TAKES_SETTINGS = {
    "expected_version": {"type": "integer", "minimum": 0},
    "settings": {"$ref": "#/components/schemas/TeamSettings"},
}


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """A team; `id` is what calls carry, `name` is shown."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class SettingsHistory:
    """What a team has set: now, and all versions, the newest first. `acted_on`: by which something is done today."""

    current: SettingsVersion
    versions: tuple[SettingsVersion, ...]
    acted_on: tuple[str, ...]


def team_routes(directory: Directory, settings: SettingsOfTeams, audit: Audit) -> APIRouter:
    routes = APIRouter(prefix="/teams")

    def note(asker: Asker, deed: Deed, team: Team) -> TeamEntry:
        audit.note(asker.person.id, deed, team.id, asker.origin)
        return TeamEntry(team.id, team.name)

    @routes.get("", dependencies=[_MAY_READ], responses=READING)
    def teams() -> list[TeamEntry]:
        return [TeamEntry(team.id, team.name) for team in directory.teams()]

    @routes.post("", status_code=201, responses=CHANGING, openapi_extra=takes("name", "id", needed=1))
    def add(asker: Annotated[Asker, _MAY_CHANGE], given: Given) -> TeamEntry:
        """`id`: what the telephone system calls it, where that is another name."""
        team_id = text(given, "id") if given.get("id") else None
        with together(audit, asker):
            return note(asker, Deed.TEAM_ADDED, directory.add_team(text(given, "name"), team_id))

    @routes.patch("/{id}", responses=CHANGING, openapi_extra=takes("name", needed=1))
    def rename(id: str, asker: Annotated[Asker, _MAY_CHANGE], given: Given) -> TeamEntry:
        with together(audit, asker):
            return note(asker, Deed.TEAM_CHANGED, directory.rename_team(id, text(given, "name")))

    @routes.delete("/{id}", status_code=204, responses=CHANGING)
    def remove(id: str, asker: Annotated[Asker, _MAY_CHANGE]) -> Response:
        with together(audit, asker):
            note(asker, Deed.TEAM_REMOVED, directory.remove_team(id))
        return Response(status_code=204)

    routes.include_router(_settings_routes(directory, settings, audit))
    return routes


def _settings_routes(directory: Directory, settings: SettingsOfTeams, audit: Audit) -> APIRouter:
    routes = APIRouter()

    def known(team_id: str) -> str | None:
        """Only ids that are ours get into the audit, not whatever stands in an address."""
        return next((team.id for team in directory.teams() if team.id == team_id), None)

    @routes.get("/{id}/settings", responses=READING)
    def settings_of(id: str, asker: Annotated[Asker, Depends(needs(Action.TEAM_SETTINGS_READ))]) -> SettingsHistory:
        if not asker.person.may(Action.TEAM_SETTINGS_READ, Whose(team=id)):
            raise NotPermitted(asker, Action.TEAM_SETTINGS_READ, known(id), 404, f"there is no team {shown(id)}")
        versions = settings.versions(id)
        current = versions[0] if versions else NEVER_SET
        return SettingsHistory(current, tuple(versions), tuple(sorted(ACTED_ON)))

    @routes.put("/{id}/settings", responses=CHANGING,
                openapi_extra=takes("reason", needed=1, others=_TAKES_SETTINGS))  # fmt: skip
    def set_settings(
        id: str, asker: Annotated[Asker, Depends(needs(Action.TEAM_SETTINGS_CHANGE))], given: Given
    ) -> SettingsVersion:
        """409 where `expected_version` is not the newest: somebody was quicker. What is left out stays."""
        expected, changes = given.get("expected_version"), given.get("settings")
        if type(expected) is not int:
            raise HTTPException(422, f"expected_version is {shown(expected)}; it must be the number of a version")
        if not isinstance(changes, dict):
            raise HTTPException(422, f"settings is {shown(changes)}; it must be an object")
        reason = text(given, "reason")
        with together(audit, asker):
            return settings.change(
                id, changes, reason=reason, expected=expected, actor=asker.person.id, origin=asker.origin
            )

    return routes
