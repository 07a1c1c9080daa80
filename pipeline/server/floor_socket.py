"""The websocket of the floor: all of it, then what changes, and a heartbeat that the page answers."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, WebSocket

from pipeline.floor.floor import Floor
from pipeline.floor.messages import FloorAlive
from pipeline.floor.wall import Teams, written
from pipeline.floor.watchers import Watcher
from pipeline.people.permissions import Action
from pipeline.people.person import Person
from pipeline.server.gate import Asker, Gate
from pipeline.server.lines import CLOSE_NOT_TEXT, CLOSE_TOO_MUCH, TOO_MANY, Line, accepted
from pipeline.server.messages import Refusal, as_text
from pipeline.server.needs import needs


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
            line = Line(socket)
            await line.run(
                partial(_send_all, line, floor, teams, asker.person.id), partial(_receive, line), line.await_death,
                partial(line.send_heartbeats, beats), partial(line.end_with, gate.until_over(asker)),
            )  # fmt: skip

    return routes


def teams_of(person: Person) -> Teams:
    """Whose floor somebody may watch."""
    within = person.within(Action.FLOOR_WATCH)
    return frozenset(within.teams) if within is not None else None


async def _send_all(line: Line, floor: Floor, teams: Teams, me: str) -> None:
    """The newest there is, whenever the page has taken what was sent before."""
    await floor.wall.newer(0)
    seen = -1
    while True:
        text, seen = floor.wall.since(teams, seen, floor.clock.now_ms(), me), floor.wall.tick
        await line.send(text)
        await floor.wall.newer(seen)


async def _receive(line: Line) -> None:
    """A page of the floor says nothing but that it is there: what a lead does goes over HTTP."""
    while line.closing is None:
        message = await line.socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        if text is None:
            line.closing = CLOSE_NOT_TEXT, "messages are JSON text"
        elif line.is_answer(text):
            continue
        elif not line.messages.take():
            await line.send(as_text(Refusal(TOO_MANY)))
            line.closing = CLOSE_TOO_MUCH, TOO_MANY
        else:
            await line.send(as_text(Refusal("the floor takes no messages: what is done there goes over HTTP")))
