"""What a machine plays to the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.events.actor import Actor
from pipeline.events.channels import Channel


@dataclass(frozen=True, slots=True)
class PromptPlayed:
    """A prompt plays on `channel` from `start_ms` to `end_ms`: turns that begin in it are not the customer's.

    `by` says how it was recognised. fingerprint: by its sound; `end_ms` is where it will end, usually in the future.
    words: by its recognised text; `end_ms` is the end of the turn. telephony: told by the telephone system; `end_ms`
    may lie far in the future, and the event is sent again with the true `end_ms` when the system tells the end.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    name: str  # of the prompt, or the words it was recognised by
    by: Literal["fingerprint", "words", "telephony"]
    actor: Actor = None  # who told it; null unless `by` is telephony


@dataclass(frozen=True, slots=True)
class PromptTold:
    """The telephone system starts or stops a prompt; `call.listen` turns this note into PromptPlayed."""

    name: str
    duration_ms: int | None = None  # from now on; null when unknown
    playing: bool = True
    actor: Actor = None
