"""What centre and desk say of calls of which a desk has lost all, as its disk was: messages as those of messages.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from pipeline.desk_protocol.fields import Id

MOST = 100
Calls = Annotated[tuple[Id, ...], Field(max_length=MOST)]


@dataclass(frozen=True, slots=True)
class Running:
    """The centre, on each connection: these calls of the desk run here, and Hello did not tell them.

    They wait to be brought, or the desk has lost them: then it says NotHere, and they end by what is kept here.
    """

    calls: Calls


@dataclass(frozen=True, slots=True)
class NotHere:
    """The desk: of these calls, which were said to be running, nothing is here, and nothing will come."""

    calls: Calls
