"""The websocket of the floor: all of it, then what changes, and a heartbeat that the page answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, WebSocket

from pipeline.bucket import Bucket
from pipeline.floor.floor import Floor
from pipeline.floor.messages import FloorAlive
from pipeline.floor.wall import Teams, written
from pipeline.floor.watchers import Watcher
from pipeline.people.permissions import Action
from pipeline.people.person import Person
from pipeline.server.gate import Asker, Gate
from pipeline.server.needs import needs
from pipeline.server.sockets import MESSAGES_A_SECOND, MESSAGES_AT_ONCE, Client, accepted


def floor_socket_routes(gate: Gate, floor: Floor) -> APIRouter:
    routes = APIRouter()

    @routes.websocket("/ws/floor")
    async def watch(socket: WebSocket, asker: Annotated[Asker, Depends(needs(Action.FLOOR_WATCH))]) -> None:
        if not await accepted(socket):
            return
        teams = teams_of(asker.person)
        watcher = Watcher(asker.person.id, asker.name, teams)

        def beats() -> str:
            return written(FloorAlive(floor.clock.now_ms()))

        with floor.watchers.watching(watcher):
            texts = _texts(floor, teams, asker.person.id)
            await Client(socket, _Inbox(), beats).serve(texts, gate.until_over(asker))

    return routes


def teams_of(person: Person) -> Teams:
    """Whose floor somebody may watch."""
    within = person.within(Action.FLOOR_WATCH)
    return frozenset(within.teams) if within is not None else None


async def _texts(floor: Floor, teams: Teams, me: str) -> AsyncIterator[str]:
    """The newest there is, whenever the page has taken what was sent before."""
    await floor.wall.newer(0)
    seen = -1
    while True:
        text, seen = floor.wall.since(teams, seen, floor.clock.now_ms(), me), floor.wall.tick
        yield text
        await floor.wall.newer(seen)


class _Inbox:
    """A page of the floor says nothing: what a lead does goes over HTTP."""

    def __init__(self) -> None:
        self.allowance = Bucket(MESSAGES_AT_ONCE, MESSAGES_A_SECOND)

    async def take(self, text: str) -> str:
        return "the floor takes no messages: what is done there goes over HTTP"
