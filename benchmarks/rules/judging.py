"""What a call was told and scored, against what its dialogue wants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

from benchmarks.rules.dialogues import Dialogue, Must
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import PhaseChanged
from pipeline.events.hints import HintRaised, Severity, SilentCallStep
from pipeline.events.record import Event
from pipeline.events.score import CallScored, ScoreItem, Verdict
from pipeline.events.words import WordsHeard

Judgement = Literal["right", "wrong", "untimely", "missed", "extra", "not judged"]
AnyEvent = TypeVar("AnyEvent")

STEPS = {
    "silent-call-prompt-2": 2, "silent-call-prompt-3": 3, "silent-call-hangup-allowed": 4,
    "silent-call-customer-resumes": 0,
}  # fmt: skip
GRAVITY = (Severity.TIP, Severity.WARNING, Severity.CRITICAL)
FAULTS = {Verdict.MISSED, Verdict.TO_CONFIRM}  # a fatal fault of words waits for a person, and is found all the same
SPACING_S = 8.0  # one hint at a time: so long before another was due, one no less grave takes its place
BEFORE_S = 6.0  # what was heard in so much time before is shown beside what is missing


@dataclass(frozen=True)
class Finding:
    """`what`: hint, script, card or phase, and its rule or item. `heard`: the words that caused it or should have.

    A hint is `wrong` where its dialogue forbids it, `extra` where it says nothing of it; one that is `untimely` does
    not make up for what is `missed`.
    """

    judgement: Judgement
    what: str
    at_s: float | None
    say: str
    heard: str
    note: str = ""


@dataclass(frozen=True)
class Judge:
    """`late_s`, `early_s`: what may come so much later or earlier in sound, where a line ends a little off its time."""

    dialogue: Dialogue
    rulebook: Rulebook
    events: Sequence[Event]
    late_s: float = 1.0
    early_s: float = 0.5

    def findings(self) -> list[Finding]:
        return [*self._hints(), *self._wanted(), *self._forbidden_on_the_card()]

    def _hints(self) -> Iterator[Finding]:
        for hint in self._of(HintRaised):
            names, at_s = self._names[hint.rule], hint.at_ms / 1000
            wanted = [m for m in self.dialogue.must if m.item in names and m.form in ("hint", "script", "card")]
            forbidden = [m for m in self.dialogue.must_not if m.item in names]
            judgement: Judgement
            if timely := [m for m in wanted if self._is_timely(m, at_s)]:
                judgement, note = "right", timely[0].why
            elif forbidden:
                judgement, note = "wrong", forbidden[0].why
            elif wanted:
                judgement, note = "untimely", "wanted " + " or ".join(_when(m) for m in wanted)
            elif any(m.item in names and m.form == "missed" for m in self.dialogue.must):
                judgement, note = "right", "missed on the card is wanted"
            else:
                judgement, note = "extra", ""
            heard = "; ".join(span.quote for span in hint.evidence if span.quote)
            heard = heard or self._words(hint.start_ms, hint.end_ms)
            yield Finding(judgement, f"hint {hint.rule}", at_s, hint.say, heard, note)

    def _wanted(self) -> Iterator[Finding]:
        for must in self.dialogue.must:
            if must.form in ("met", "missed"):
                yield self._on_the_card(must)
            elif must.form == "phase":
                shown = [e for e in self._of(PhaseChanged) if e.phase == must.item.split("-")[0]]
                yield self._shown(must, [e.at_ms / 1000 for e in shown])
            elif must.form == "script" and must.item in STEPS:
                steps = [e for e in self._of(SilentCallStep) if e.step == STEPS[must.item]]
                yield self._shown(must, [e.at_ms / 1000 for e in steps])
            elif must.form == "hint" or (must.form in ("script", "card") and self._rules(must.item)):
                yield from self._hint_missing(must)
            else:
                yield Finding("not judged", f"{must.form} {must.item}", None, "", "", must.why)

    def _shown(self, must: Must, times_s: list[float]) -> Finding:
        timely = [at_s for at_s in times_s if self._is_timely(must, at_s)]
        judgement: Judgement = "right" if timely else "untimely" if times_s else "missed"
        at_s = next(iter(timely or times_s), None)
        return Finding(judgement, f"{must.form} {must.item}", at_s, "", "", "" if timely else f"wanted {_when(must)}")

    def _hint_missing(self, must: Must) -> Iterator[Finding]:
        """Nothing where it came: that stands with the hints."""
        rules = self._rules(must.item)
        if any(hint.rule in rules and self._is_timely(must, hint.at_ms / 1000) for hint in self._of(HintRaised)):
            return
        what = f"{must.form} {must.item}"
        if graver := self._in_its_place(must):
            yield Finding("right", what, None, "", "", f"on the card; {graver.rule} was shown")
            return
        end_ms = round(must.by_s * 1000)
        heard = self._words(end_ms - round(BEFORE_S * 1000), end_ms)
        yield Finding("missed", what, None, "", heard, must.why if rules else "no rule has this item")

    def _in_its_place(self, must: Must) -> HintRaised | None:
        if Verdict.MISSED not in self._verdicts(must.item):
            return None
        gravest = max(GRAVITY.index(r.severity) for r in self.rulebook.rules if r.id in self._rules(must.item))
        for hint in self._of(HintRaised):
            if 0 <= must.by_s - hint.at_ms / 1000 <= SPACING_S and GRAVITY.index(hint.severity) >= gravest:
                return hint
        return None

    def _on_the_card(self, must: Must) -> Finding:
        what, found = f"card {must.item}", self._verdicts(must.item)
        if not found:
            return Finding("not judged", what, None, "", "", "no rule has this item")
        if found == {Verdict.NOT_APPLICABLE}:
            return Finding("missed", what, None, "", "", f"not applicable; wanted {must.form}: {must.why}")
        verdict = Verdict.MISSED if found & FAULTS else Verdict.MET
        judgement: Judgement = "right" if verdict == must.form else "wrong"
        return Finding(judgement, what, None, "", self._evidence(must.item), f"{verdict}; wanted {must.form}")

    def _forbidden_on_the_card(self) -> Iterator[Finding]:
        for item in self.dialogue.must_not:
            if self._verdicts(item.item) & FAULTS:
                yield Finding("wrong", f"card {item.item}", None, "", self._evidence(item.item), f"missed; {item.why}")

    def _is_timely(self, must: Must, at_s: float) -> bool:
        earliest_s = 0.0 if must.not_before_s is None else must.not_before_s - self.early_s
        return earliest_s <= at_s <= must.by_s + self.late_s

    def _of(self, kind: type[AnyEvent]) -> list[AnyEvent]:
        return [event for event in self.events if isinstance(event, kind)]

    @cached_property
    def _names(self) -> dict[str, set[str]]:
        """A rule's id, and the items it says it covers."""
        return {rule.id: {rule.id, *rule.items} for rule in self.rulebook.rules}

    def _rules(self, item: str) -> set[str]:
        return {rule for rule, names in self._names.items() if item in names}

    def _scored(self, item: str) -> list[ScoreItem]:
        return [one for scored in self._of(CallScored) for one in scored.items if one.rule in self._rules(item)]

    def _verdicts(self, item: str) -> set[Verdict]:
        return {one.verdict for one in self._scored(item)}

    def _evidence(self, item: str) -> str:
        return "; ".join(span.quote for one in self._scored(item) for span in one.evidence if span.quote)

    def _words(self, start_ms: int, end_ms: int) -> str:
        heard = [e for e in self._of(WordsHeard) if e.start_ms <= end_ms and e.end_ms >= start_ms and e.text]
        return " ".join(f"{e.channel}: {e.text}" for e in heard)


def _when(must: Must) -> str:
    after = "" if must.not_before_s is None else f"from {must.not_before_s:.1f} s "
    return f"{after}by {must.by_s:.1f} s"
