"""Routes of tokens, which let machines in, and of the table of permissions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from pipeline.errors import AccountRefused
from pipeline.people.audit import Audit, Deed
from pipeline.people.keys import Token
from pipeline.people.permissions import BY_HAND, TABLE, Action, MachineRole, Scope
from pipeline.people.tokens import Tokens
from pipeline.server.answers import CHANGING, READING
from pipeline.server.bodies import Given
from pipeline.server.fields import choice, takes, text
from pipeline.server.gate import Asker
from pipeline.server.needs import needs, together

_MAY_CHANGE = Depends(needs(Action.TOKENS_CHANGE))


@dataclass(frozen=True, slots=True)
class TokenEntry:
    """A token without its secret. Times in seconds since 1970."""

    id: str
    name: str
    role: MachineRole
    added_at: float
    used_at: float | None
    revoked_at: float | None


@dataclass(frozen=True, slots=True)
class NewToken(TokenEntry):
    """`token`: the secret, which is shown this once."""

    token: str


def token_routes(tokens: Tokens, audit: Audit) -> APIRouter:
    routes = APIRouter(prefix="/tokens")

    @routes.get("", dependencies=[Depends(needs(Action.TOKENS_READ))], responses=READING)
    def listed() -> list[TokenEntry]:
        """Those revoked too."""
        return [TokenEntry(*_told(token)) for token in tokens.tokens()]

    @routes.post("", status_code=201, responses=CHANGING, openapi_extra=takes("name", "role", needed=2))
    def add(asker: Annotated[Asker, _MAY_CHANGE], given: Given, response: Response) -> NewToken:
        role = choice(given, "role", MachineRole)
        if role not in BY_HAND:
            raise AccountRefused("a desk gets its token as it is enrolled, with a code: POST /api/desks/codes", "role")
        with together(audit, asker):
            secret, token = tokens.add(text(given, "name"), role)
            audit.note(asker.person.id, Deed.TOKEN_ADDED, token.person.id, asker.origin, details={"role": token.role})
        response.headers["Cache-Control"] = "no-store"
        return NewToken(*_told(token), secret)

    @routes.delete("/{id}", status_code=204, responses=CHANGING)
    def revoke(id: str, asker: Annotated[Asker, _MAY_CHANGE]) -> Response:
        """For good, and at once."""
        with together(audit, asker):
            token = tokens.revoke(id)
            audit.note(asker.person.id, Deed.TOKEN_REVOKED, token.person.id, asker.origin)
        return Response(status_code=204)

    return routes


def permission_routes() -> APIRouter:
    routes = APIRouter()

    @routes.get("/permissions", dependencies=[Depends(needs(Action.SELF))], responses=READING)
    def permissions() -> dict[str, dict[Action, Scope]]:
        """Who may do what, to which objects: by role and action. What is not named is not permitted."""
        return {str(role): dict(actions) for role, actions in TABLE.items()}

    return routes


def _told(token: Token) -> tuple[str, str, MachineRole, float, float | None, float | None]:
    return token.id, token.name, token.role, token.added_at, token.used_at, token.revoked_at
