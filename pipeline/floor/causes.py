"""Why somebody is to be looked at, by the digest of their call and what their team has set. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.digest import Digest
from pipeline.events.channels import Channel
from pipeline.events.turns import SilenceKind
from pipeline.floor.messages import Cause, Rank
from pipeline.people.team_settings import TeamSettings

UNHEEDED = 3
"""So many hints of one rule in a row that nobody followed."""
TOLD_MS = 1_500
"""Within this a turn, or the words that end a wait, are told: an agent who is back as the promise ends is not late."""
_HEARS = ("asr",)
"""Stages without which the coach is deaf."""

RANKS: dict[Cause, Rank] = {
    "help": "critical",
    "complaint": "critical",
    "fatal": "critical",
    "silent_call": "warning",
    "dead_air": "warning",
    "hold": "warning",
    "hints": "warning",
    "blind": "blind",
    "lost": "blind",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A cause, since when (ms of the call's sound; of `lost` since its digest), and what it does not tell by itself.

    `after_ms`: it counts once it was there for that long without a break.
    """

    cause: Cause
    since_ms: int
    detail: str = ""
    after_ms: int = 0


def causes(digest: Digest, now_ms: int, settings: TeamSettings, *, is_lost: bool = False) -> list[Found]:
    """`now_ms`: where the call is in its sound. At most one of each cause."""
    return list(_found(digest, now_ms, settings, is_lost))


def _found(digest: Digest, now_ms: int, settings: TeamSettings, is_lost: bool) -> Iterator[Found]:
    if digest.help is not None and settings.alert_help:
        yield Found("help", digest.help.since_ms, digest.help.reason)
    if digest.mode == "complaint":
        yield Found("complaint", digest.mode_ms)
    if is_lost:
        yield Found("lost", digest.at_ms)
    if not settings.alerts:
        return
    if settings.alert_fatal:
        fatal = (hint for hint in digest.hints if hint.is_fatal)
        if (worst := min(fatal, key=lambda hint: hint.since_ms, default=None)) is not None:
            yield Found("fatal", worst.since_ms, worst.rule)
    if settings.alert_step and digest.step >= settings.alert_step:
        yield Found("silent_call", digest.step_ms, str(digest.step))
    yield from _silent(digest, now_ms, settings)
    if digest.unheeded is not None and digest.unheeded.count >= UNHEEDED:
        yield Found("hints", digest.at_ms, digest.unheeded.rule)
    yield from _blind(digest, now_ms, settings)


def _silent(digest: Digest, now_ms: int, settings: TeamSettings) -> Iterator[Found]:
    """Of a customer who waits the promise counts, and until then that nobody speaks is as it was said. An agent who
    speaks is back: the words that say so come later."""
    if digest.promised_ms is not None:
        if now_ms > digest.promised_ms and not any(one.channel is Channel.AGENT for one in digest.speaking):
            yield Found("hold", digest.promised_ms, after_ms=TOLD_MS)
        return
    limit_ms = settings.alert_dead_air_s * 1000
    is_dead = digest.state == "silence" and digest.silence is SilenceKind.BOTH
    if limit_ms and is_dead and now_ms - digest.silence_ms >= limit_ms:
        yield Found("dead_air", digest.silence_ms)


def _blind(digest: Digest, now_ms: int, settings: TeamSettings) -> Iterator[Found]:
    limit_ms = settings.alert_blind_s * 1000
    if not limit_ms:
        return
    lost = sorted(digest.blind, key=lambda one: (one.since_ms, one.channel != Channel.AGENT))
    if lost and now_ms - lost[0].since_ms >= limit_ms:
        yield Found("blind", lost[0].since_ms, lost[0].channel)
        return
    for stage in digest.failed:
        if stage in _HEARS:
            yield Found("blind", digest.at_ms, stage, limit_ms)
            return
