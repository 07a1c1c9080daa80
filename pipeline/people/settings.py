"""How long sessions and links hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pipeline.quantities import in_order, within

_HOUR_S, _DAY_S = 3_600, 86_400
HoldS = Annotated[int, within(60, 90 * _DAY_S)]


@dataclass(frozen=True, slots=True)
class PeopleSettings:
    """How long sessions and links hold."""

    session_idle_s: HoldS = 12 * _HOUR_S  # a session ends when its browser has asked for nothing for so long
    session_end_s: HoldS = 7 * _DAY_S  # and at the latest so long after the sign-in
    link_s: HoldS = 30 * 60  # a link that is printed at the machine
    invitation_s: HoldS = 3 * _DAY_S  # a link that an administrator hands over: invitation, reset

    def __post_init__(self) -> None:
        in_order(self, "session_idle_s", "session_end_s")
