"""One hint at a time: severity, cool-down, spacing, how long it stays and why it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline.coach.conditions.evaluator import Cause, Instead, Obeyed
from pipeline.coach.rulebook.schema import HintPace, Rule
from pipeline.coach.wording import fill
from pipeline.events.hints import HintCleared, HintDone, HintRaised, Severity
from pipeline.events.record import Event
from pipeline.quantities import NEVER_MS

_RANK = {Severity.TIP: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}

ClearReason = Literal["done", "dismissed", "cause_gone", "replaced", "expired", "call_ended"]
Past = Mapping[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Offer:
    """A rule that wants to speak, and why."""

    rule: Rule
    cause: Cause

    @property
    def rank(self) -> tuple[int, bool, bool]:
        """Of equals a fatal one goes first, then what passes soon: nobody else sees it."""
        return _RANK[self.rule.severity], self.rule.fatal, self.rule.kind.passes


@dataclass(slots=True)
class _Shown:
    hint: int
    offer: Offer
    raised_ms: int
    clear_ms: int
    clear_as: ClearReason = "expired"


@dataclass(slots=True)
class HintStage:
    """The one place on the page. Every method returns the events it caused; times in ms of audio.

    `past`: numbers of the hints that were raised when the call ran, by rule and time. Then no other is raised.
    """

    pace: HintPace = field(default_factory=HintPace)
    past: Past | None = None
    _shown: _Shown | None = None
    _count: int = 0
    _raised_ms: dict[Severity, int] = field(default_factory=dict)  # when one that others wait for came last
    _raised_by: dict[str, int] = field(default_factory=dict)

    @property
    def wake_ms(self) -> int:
        """When it must be looked at again although nothing happens."""
        return self._shown.clear_ms if self._shown else NEVER_MS

    @property
    def shown(self) -> Offer | None:
        return self._shown.offer if self._shown else None

    @property
    def lasting(self) -> Offer | None:
        """What is shown, where its cause goes on whatever the page does."""
        shown = self._shown
        return shown.offer if shown and shown.offer.cause.lasts and shown.clear_as == "expired" else None

    def tick(self, at_ms: int) -> list[Event]:
        return self._clear(at_ms, self._shown.clear_as) if self._shown and at_ms >= self._shown.clear_ms else []

    def offer(self, at_ms: int, offer: Offer) -> list[Event]:
        """Raise the hint, or drop it: nothing is queued."""
        out: list[Event] = []
        shown, rule = self._shown, offer.rule
        if self.past is not None and (rule.id, at_ms) not in self.past:
            return out
        if not self._is_time_for(at_ms, rule) or (shown and not self._gives_way(at_ms, shown, offer)):
            return out
        if shown:
            out += self._clear(at_ms, "done" if shown.clear_as == "done" else "replaced")
        self._count = self._count + 1 if self.past is None else self.past[rule.id, at_ms]
        self._raised_by[rule.id] = at_ms
        if not _is_exempt(rule):
            self._raised_ms[rule.severity] = at_ms
        clear_ms = NEVER_MS if rule.expires_ms is None else at_ms + rule.expires_ms
        self._shown = _Shown(self._count, offer, at_ms, clear_ms)
        out.append(_raised(at_ms, self._count, offer))
        return out

    def obeyed(self, at_ms: int, rule: str, done: Obeyed) -> list[Event]:
        """The agent did what the hint of this rule asked for."""
        shown = self._shown
        if shown is None or shown.offer.rule.id != rule or shown.clear_as == "done":
            return []
        since_ms = at_ms if done.since_ms is None else done.since_ms
        if since_ms - shown.raised_ms > self.pace.obeyed_within_ms:
            return self.gone(at_ms, rule)
        return [
            HintDone(at_ms, shown.hint, "coach", done.note, note_en=done.note_en),
            *self._leave(at_ms, shown, "done"),
        ]

    def gone(self, at_ms: int, rule: str) -> list[Event]:
        """The cause of this rule's hint is over."""
        shown = self._shown
        if shown is None or shown.offer.rule.id != rule or shown.clear_as == "done":
            return []
        return self._leave(at_ms, shown, "cause_gone")

    def answered(self, at_ms: int, hint: int, reason: Literal["done", "dismissed"]) -> list[Event]:
        """The agent pressed a key: that needs no waiting."""
        return self._clear(at_ms, reason) if self._shown and self._shown.hint == hint else []

    def finish(self, at_ms: int) -> list[Event]:
        if self._shown is None:
            return []
        return self._clear(at_ms, "done" if self._shown.clear_as == "done" else "call_ended")

    def ready_ms(self, rule: Rule) -> int:
        """From when on the cool-down of a rule lets its hint come again."""
        last = self._raised_by.get(rule.id)
        return 0 if last is None else last + rule.cooldown_ms

    def _is_time_for(self, at_ms: int, rule: Rule) -> bool:
        if at_ms < self.ready_ms(rule):
            return False
        # Only its equals and graver ones make a hint wait: a tip that has just been read silences no warning.
        before = [ms for severity, ms in self._raised_ms.items() if _RANK[severity] >= _RANK[rule.severity]]
        return _is_exempt(rule) or not before or at_ms - max(before) >= self.pace.spacing_ms

    def _gives_way(self, at_ms: int, shown: _Shown, offer: Offer) -> bool:
        """To a higher one at once, to an equal one (news) when it has had its time, to a lower one never.

        What only stays to be read, its matter being over, holds up none as grave: that one would be lost.
        """
        if shown.clear_as != "expired":
            return offer.rank[0] >= shown.offer.rank[0]
        if offer.rank == shown.offer.rank:
            return at_ms - shown.raised_ms >= self.pace.spacing_ms
        return offer.rank > shown.offer.rank

    def _leave(self, at_ms: int, shown: _Shown, reason: ClearReason) -> list[Event]:
        stays_until_ms = shown.raised_ms + self.pace.least_shown_ms
        if at_ms >= stays_until_ms:
            return self._clear(at_ms, reason)
        shown.clear_ms, shown.clear_as = stays_until_ms, reason
        return []

    def _clear(self, at_ms: int, reason: ClearReason) -> list[Event]:
        assert self._shown is not None
        cleared = HintCleared(at_ms, self._shown.hint, reason)
        self._shown = None
        return [cleared]


def _is_exempt(rule: Rule) -> bool:
    return rule.severity is Severity.CRITICAL or rule.kind.passes


def _raised(at_ms: int, hint: int, offer: Offer) -> HintRaised:
    rule, cause = offer.rule, offer.cause
    figures, en = dict(cause.figures), rule.en
    english = figures | dict(cause.figures_en)
    words = cause.say or Instead(rule.say, en.do if en else "", rule.form)
    return HintRaised(
        at_ms=at_ms,
        hint=hint,
        rule=rule.id,
        severity=rule.severity,
        title=rule.title,
        say=fill(words.text, **figures),
        why=fill(rule.why, **figures),
        clears_when=rule.clears_when,
        cite=rule.cite.citation,
        start_ms=cause.start_ms,
        end_ms=cause.end_ms,
        evidence=cause.evidence,
        form=words.form,
        title_en=en.title if en else "",
        say_en=fill(words.english, **english),
        why_en=fill(en.why, **english) if en else "",
        clears_when_en=en.clears_when if en else "",
        counts=rule.kind.counts,
        is_fatal=rule.fatal,
    )
