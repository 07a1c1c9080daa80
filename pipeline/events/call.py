"""Start and end of a call, what is known about it, its phase and its clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pipeline.events.actor import Actor
from pipeline.events.channels import Channel
from pipeline.events.legend import Legend


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known about a call besides its sound; null is unknown, which makes rules not applicable, never failed.

    `peer`: the other party's telephone number. `timezone`: IANA name. `recording_consent`: true lets the call be
    recorded; false withdraws the consent, and what was recorded is deleted.
    """

    direction: Literal["inbound", "outbound"] = "inbound"
    peer: str | None = None
    customer_name: str | None = None
    company: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    team: str | None = None
    timezone: str | None = None
    recording_consent: bool | None = None


# Irregularities of an audio file; docs/files.md explains each (audio/sources/files/recording.py and sides.py).
NoticeCode = Literal[
    "short", "length", "joined", "damaged", "no_numbers",
    "one_signal", "only_left", "only_right", "only_agent", "only_customer",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourceNotice:
    """An irregularity of the audio source that a user must know; the call is analysed all the same."""

    code: NoticeCode
    detail: str  # one English sentence with the figures


@dataclass(frozen=True, slots=True)
class WordsTrust:
    """What the words of a recogniser may be trusted with, as measured. Shares of 0 to 1, several in ascending order.

    `good_for`: hints are read by a person who hears the call; scores judge by words nobody has compared with it.
    """

    good_for: Literal["hints", "scores"]
    characters_wrong: tuple[float, ...]  # character error rates of clean reading
    characters_wrong_in_noise: tuple[float, ...]
    bans_missed: float  # spoken service bans that no rule found, on the telephone in an office


@dataclass(frozen=True, slots=True)
class CallStarted:
    """The first event of a call. `settings_hash`: digest of all settings that influence its figures."""

    at_ms: int
    call_id: str
    started_at: str  # ISO 8601 with zone: the only wall-clock time of a call
    channels: tuple[Channel, ...]
    facts: CallFacts
    rulebook_id: str
    rulebook_version: str
    settings_hash: str
    engine: str  # name of the speech model, "none" when no words are recognised
    engine_notice: str = ""  # a sentence that the page must show about the engine
    notices: tuple[SourceNotice, ...] = ()  # irregularities of the source
    actor: Actor = None  # who started it; null: started by voice, or a file
    legend: Legend = field(default_factory=Legend)  # what a page needs to know of the rulebook
    words_trust: WordsTrust | None = None  # null: not measured, or no words are recognised
    team_settings_version: int | None = None  # of the team in `facts`; null: nothing is set, or no team is known


@dataclass(frozen=True, slots=True)
class CallEnded:
    """`at_ms` is the call's duration. `interrupted`: processing broke off by an error or a kill."""

    at_ms: int
    reason: Literal["finished", "interrupted"]
    actor: Actor = None  # who ended it; null: it ended by itself


@dataclass(frozen=True, slots=True)
class FactsNoted:
    """Facts set during the call by the page or the telephone system; they replace all earlier facts at once."""

    at_ms: int
    facts: CallFacts
    actor: Actor = None  # who set them


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """`phase` is an id of the call's rulebook; the shipped one has opening, body, hold, complaint and closing."""

    at_ms: int
    phase: str


@dataclass(frozen=True, slots=True)
class ClockTicked:
    """The audio clock, sent while there are no other events; display only, never stored, has no seq."""

    at_ms: int
