"""One hint at a time: severity, cool-down, spacing, how long it stays and why it goes (DESIGN §6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pipeline.coach.rulebook import Rule
from pipeline.coach.vocabulary import Silence
from pipeline.events.hints import HintCleared, HintDone, HintRaised, Severity, Span
from pipeline.events.record import Event

NEVER_MS = 1 << 62
_RANK = {Severity.TIP: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}

ClearReason = Literal["done", "dismissed", "cause_gone", "replaced", "expired", "call_ended"]


@dataclass(frozen=True, slots=True)
class HintSettings:
    """The pace at which a person can follow hints."""

    spacing_ms: int = 8_000  # between two raises; silences and critical hints neither wait nor make others wait
    least_shown_ms: int = 3_000  # shorter is a flicker
    obeyed_within_ms: int = 10_000  # later it is no answer to the hint


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule wants to speak. `lasts`: true until `Gone` or `Obeyed` says otherwise, so it may be offered again."""

    rule: Rule
    start_ms: int
    end_ms: int
    evidence: tuple[Span, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()  # for the placeholders of `say` and `why`
    say: str | None = None  # instead of the rule's
    lasts: bool = False

    @property
    def rank(self) -> tuple[int, bool]:
        """Silences go before their equals: they pass, and nobody else sees them."""
        return _RANK[self.rule.severity], isinstance(self.rule.when, Silence)

    def fill(self, text: str) -> str:
        for name, value in self.figures:
            text = text.replace(f"{{{name}}}", value)
        return text


@dataclass(frozen=True, slots=True)
class Obeyed:
    rule: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    rule: str


Signal = Cause | Obeyed | Gone


@dataclass(slots=True)
class _Shown:
    hint: int
    cause: Cause
    raised_ms: int
    clear_ms: int
    clear_as: ClearReason = "expired"


@dataclass(slots=True)
class HintStage:
    """The one place on the page. Every method returns the events it caused."""

    settings: HintSettings = field(default_factory=HintSettings)
    _shown: _Shown | None = None
    _count: int = 0
    _raised_ms: int | None = None
    _raised_by: dict[str, int] = field(default_factory=dict)

    @property
    def wake_ms(self) -> int:
        """When it must be looked at again although nothing happens."""
        return self._shown.clear_ms if self._shown else NEVER_MS

    @property
    def cause(self) -> Cause | None:
        return self._shown.cause if self._shown else None

    @property
    def lasting(self) -> Cause | None:
        """The cause shown, where it goes on whatever the page does."""
        shown = self._shown
        return shown.cause if shown and shown.cause.lasts and shown.clear_as == "expired" else None

    def tick(self, at_ms: int) -> list[Event]:
        return self._clear(at_ms, self._shown.clear_as) if self._shown and at_ms >= self._shown.clear_ms else []

    def offer(self, at_ms: int, cause: Cause) -> list[Event]:
        """Raise the hint, or drop it: nothing is queued."""
        out: list[Event] = []
        shown = self._shown
        if not self._is_time_for(at_ms, cause) or (shown and not self._gives_way(at_ms, shown, cause)):
            return out
        if shown:
            out += self._clear(at_ms, "done" if shown.clear_as == "done" else "replaced")
        self._count += 1
        self._raised_by[cause.rule.id] = at_ms
        if not _is_exempt(cause.rule):
            self._raised_ms = at_ms
        clear_ms = NEVER_MS if cause.rule.expires_ms is None else at_ms + cause.rule.expires_ms
        self._shown = _Shown(self._count, cause, at_ms, clear_ms)
        out.append(_raised(at_ms, self._count, cause))
        return out

    def obeyed(self, at_ms: int, signal: Obeyed) -> list[Event]:
        shown = self._shown
        if shown is None or shown.cause.rule.id != signal.rule or shown.clear_as == "done":
            return []
        if at_ms - shown.raised_ms > self.settings.obeyed_within_ms:
            return self.gone(at_ms, signal.rule)
        done = HintDone(at_ms, shown.hint, "coach", signal.note)
        return [done, *self._leave(at_ms, shown, "done")]

    def gone(self, at_ms: int, rule: str) -> list[Event]:
        shown = self._shown
        if shown is None or shown.cause.rule.id != rule or shown.clear_as == "done":
            return []
        return self._leave(at_ms, shown, "cause_gone")

    def answered(self, at_ms: int, hint: int, reason: Literal["done", "dismissed"]) -> list[Event]:
        """The agent pressed a key: that needs no waiting."""
        return self._clear(at_ms, reason) if self._shown and self._shown.hint == hint else []

    def finish(self, at_ms: int) -> list[Event]:
        if self._shown is None:
            return []
        return self._clear(at_ms, "done" if self._shown.clear_as == "done" else "call_ended")

    def _is_time_for(self, at_ms: int, cause: Cause) -> bool:
        rule = cause.rule
        last = self._raised_by.get(rule.id)
        if last is not None and at_ms - last < rule.cooldown_ms:
            return False
        if self._raised_ms is None or at_ms - self._raised_ms >= self.settings.spacing_ms:
            return True
        return _is_exempt(rule)

    def _gives_way(self, at_ms: int, shown: _Shown, cause: Cause) -> bool:
        """To a higher one at once, to an equal one (news) when it has had its time, to a lower one never."""
        if cause.rank == shown.cause.rank:
            return at_ms - shown.raised_ms >= self.settings.spacing_ms
        return cause.rank > shown.cause.rank

    def _leave(self, at_ms: int, shown: _Shown, reason: ClearReason) -> list[Event]:
        stays_until_ms = shown.raised_ms + self.settings.least_shown_ms
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
    return rule.severity is Severity.CRITICAL or isinstance(rule.when, Silence)


def _raised(at_ms: int, hint: int, cause: Cause) -> HintRaised:
    rule = cause.rule
    return HintRaised(
        at_ms=at_ms,
        hint=hint,
        rule=rule.id,
        severity=rule.severity,
        title=rule.title,
        say=cause.fill(cause.say or rule.say),
        why=cause.fill(rule.why),
        clears_when=rule.clears_when,
        cite=rule.citation,
        start_ms=cause.start_ms,
        end_ms=cause.end_ms,
        evidence=cause.evidence,
    )
