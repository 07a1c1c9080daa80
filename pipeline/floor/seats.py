"""What each agent does at their seat, and since when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pipeline.floor.messages import Seat, SeatState
from pipeline.floor.people_now import People

RING_MS = 60_000
"""So long it rings where nobody says that it is over."""


@dataclass(frozen=True, slots=True)
class _State:
    state: SeatState
    since_at: int


class SeatsNow:
    """What each agent does, and since when, as far as it was seen happen."""

    def __init__(self) -> None:
        self._states: dict[str, _State] = {}
        self._ringing: dict[str, int] = {}  # since when

    def ring(self, agent_id: str, now_ms: int, *, is_ringing: bool) -> None:
        """A telephone system tells it: until its call begins, which nobody else knows of before."""
        self._ringing.pop(agent_id, None)
        if is_ringing:
            self._ringing[agent_id] = now_ms

    def look(self, people: People, calls: Mapping[str, int], here: Collection[str], now_ms: int) -> list[Seat]:
        """`calls`: when the running call of an agent began; `here`: agents who have signed in at a machine or page that
        is connected.
        """
        self._ringing = {id: at for id, at in self._ringing.items() if id not in calls and now_ms - at < RING_MS}
        self._states = {
            agent_id: self._state(agent_id, people, calls.get(agent_id), agent_id in here, now_ms)
            for agent_id in people.agents
        }
        return [
            Seat(agent_id, one.name, one.team, one.position, now.state, now.since_at)
            for agent_id, one in people.agents.items()
            for now in (self._states[agent_id],)
        ]

    def _state(self, agent_id: str, people: People, call_at: int | None, is_here: bool, now_ms: int) -> _State:
        before = self._states.get(agent_id)
        if call_at is not None:
            return before if before is not None and before.state == "call" else _State("call", call_at)
        if agent_id in self._ringing:
            return _State("ringing", self._ringing[agent_id])
        if before is not None and before.state == "call":
            return _State("wrap_up", now_ms)
        if before is not None and before.state == "wrap_up":
            wrap_up_ms = people.settings_of(people.agents[agent_id].team).wrap_up_s * 1000
            if now_ms - before.since_at < wrap_up_ms:
                return before
            return _State("idle" if is_here else "away", before.since_at + wrap_up_ms)
        state: SeatState = "idle" if is_here else "away"
        if before is not None:
            return before if before.state == state else _State(state, now_ms)
        shift = people.shifts.get(agent_id)
        return _State(state, round(shift.begun_at * 1000) if is_here and shift is not None else 0)
