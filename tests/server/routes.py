"""The routes of an application, and the action that each names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from starlette.routing import BaseRoute, Mount

from pipeline.people.permissions import Action
from pipeline.server.needs import CallNeed, DeskNeed, Need
from pipeline.server.pages import PageNeed


def actions_of(app: FastAPI) -> dict[str, set[Action]]:
    """By method (SOCKET, MOUNT) and path: what each route asks the table for; empty for one that lets anybody in."""
    return {name: _actions(getattr(route, "dependant", None)) for name, route in _routes(app.routes)}


def _routes(within: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, BaseRoute]]:
    """Those of included routers and mounts too."""
    for route in within:
        if (router := getattr(route, "original_router", None)) is not None:  # as FastAPI keeps what was included
            yield from _routes(router.routes, prefix + route.include_context.prefix)  # type: ignore[attr-defined]
        elif isinstance(route, Mount):
            yield f"MOUNT {prefix}{route.path}", route
            yield from _routes(route.routes or (), prefix + route.path)
        else:
            for method in sorted(getattr(route, "methods", None) or {"SOCKET"}):
                yield f"{method} {prefix}{getattr(route, 'path', repr(route))}", route


def _actions(dependant: Dependant | None) -> set[Action]:
    if dependant is None:
        return set()
    needed = {dependant.call.action} if isinstance(dependant.call, Need | CallNeed | DeskNeed | PageNeed) else set()
    return needed.union(*(_actions(inner) for inner in dependant.dependencies))
