"""The coach of one call: events in, one hint at a time out, and the scorecard at the end."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.coach.conditions.evaluator import CallState, Case, Cause, Evaluator, Obeyed, Signal
from pipeline.coach.conditions.silent_call import SilentCall as SilentCallCondition
from pipeline.coach.coverage import CoverageMeter
from pipeline.coach.hints import HintStage, Offer, Past
from pipeline.coach.matching import SpokenText
from pipeline.coach.phases import PhaseTracker
from pipeline.coach.procedures.silent_call import SilentCall
from pipeline.coach.rulebook.schema import Rule, Rulebook
from pipeline.coach.rulebook.slowness import pattern_off
from pipeline.coach.scorecard import score
from pipeline.events.call import CallFacts, FactsNoted, PhaseChanged
from pipeline.events.channels import Channel
from pipeline.events.hints import HintDismissed, HintDone, Span
from pipeline.events.record import Event
from pipeline.events.turns import SilenceEnded, WaitRequested
from pipeline.events.words import LanguageHeard, WordsHeard
from pipeline.prompts import PlayedPrompts
from pipeline.quantities import NEVER_MS


class Coach:
    """Feed it every slice, with its events or without: its clock is the slices."""

    def __init__(
        self,
        rulebook: Rulebook,
        facts: CallFacts,
        channels: tuple[Channel, ...],
        prompts: PlayedPrompts,
        past: Past | None = None,
    ) -> None:
        """`prompts`: all that were played so far; whoever feeds the coach keeps them up to date."""
        self._rulebook = rulebook
        self._phases = PhaseTracker(rulebook.phases, prompts, rulebook.least_voice_ms)
        self._state = CallState(facts, channels, prompts, self._phases.now, least_voice_ms=rulebook.least_voice_ms)
        self._stage = HintStage(rulebook.hints, past)
        self._coverage = CoverageMeter(channels)
        self._cases = {rule.id: Case(self._state, rule.phases) for rule in rulebook.rules}
        self._silent_rule = next((rule for rule in rulebook.rules if isinstance(rule.when, SilentCallCondition)), None)
        script = rulebook.scripts.silent_call if self._silent_rule else None
        self._silent_call = SilentCall(script, facts, channels, prompts) if script else None
        self._evaluators: list[Evaluator] = []
        self._hearers: dict[type[Event], list[tuple[Rule, Evaluator]]] = {}
        for rule in rulebook.rules:
            if (watch := rule.kind.watch) is not None:
                evaluator = watch(rule.when, self._cases[rule.id])
                self._evaluators.append(evaluator)
                for kind in evaluator.hears:
                    self._hearers.setdefault(kind, []).append((rule, evaluator))
        self._lasting: dict[str, Offer] = {}  # what to offer again once the page is free
        self.wake_ms = NEVER_MS  # when there is something to do without an event

    def feed(self, at_ms: int, events: Sequence[Event]) -> list[Event]:
        """What the coach has to say about the slice ending at `at_ms`, in ms of audio since the call's start."""
        if not events and at_ms < self.wake_ms:
            return []
        out = self._stage.tick(at_ms)
        if self._silent_call is not None:
            out += self._silent_call.feed(at_ms, events)
            self._state.silent_call = self._silent_call.is_running
        out += self._in_phase(self._phases.tick(at_ms))
        # Who broke a silence is to be known before it is over.
        for event in sorted(events, key=lambda event: isinstance(event, SilenceEnded)):
            out += self._hear(at_ms, event)
        if self._lasting and self._stage.shown is None:
            out += self._offer_again(at_ms)
        self.wake_ms = min(self._stage.wake_ms, self._phases.wake_ms)
        if self._stage.shown is None:
            ready_ms = (self._stage.ready_ms(offer.rule) for offer in self._lasting.values())
            self.wake_ms = min(self.wake_ms, min(ready_ms, default=NEVER_MS))
        if self._silent_call is not None:
            self.wake_ms = min(self.wake_ms, self._silent_call.wake_ms)
        return out

    def finish(self, at_ms: int) -> list[Event]:
        """The end of the hint at hand, and the score. The last call to a coach."""
        out = self._stage.finish(at_ms)
        for evaluator in self._evaluators:
            evaluator.finish(at_ms)
        if self._silent_rule and self._silent_call is not None:
            self._silent_call.finish(at_ms)
            notes = self._cases[self._silent_rule.id].notes
            notes.chances, notes.broken = int(self._silent_call.shown), list(self._silent_call.faults)
        heard = self._coverage.finish(at_ms)
        return [*out, score(at_ms, self._rulebook, {rule: case.notes for rule, case in self._cases.items()}, heard)]

    def _hear(self, at_ms: int, event: Event) -> list[Event]:
        spoken = None
        if isinstance(event, WordsHeard):
            spoken = SpokenText(event.text, event.words, event.start_ms, event.end_ms, event.otherwise)
        self._coverage.feed(event)
        out = self._note(at_ms, event, spoken)
        signals = list[tuple[Rule, Signal]]()
        for rule, evaluator in self._hearers.get(type(event), ()):
            slow = len(spoken.too_slow) if spoken else 0
            signals += [(rule, signal) for signal in evaluator.feed(event, spoken)]
            if spoken and len(spoken.too_slow) > slow:
                self._cases[rule.id].notes.is_off = True
        if spoken is not None:
            out += [pattern_off(at_ms, self._rulebook, pattern) for pattern in spoken.too_slow]
        if len(signals) > 1:
            # The gravest of one moment goes first, so that the page does not change twice in a slice.
            signals.sort(key=_urgency, reverse=True)
        for rule, signal in signals:
            if isinstance(event, WordsHeard) and event.heard_later and isinstance(signal, Cause):
                self._cases[rule.id].notes.note_due(signal, False)  # nobody knew of it in time
            else:
                out += self._act(at_ms, rule, signal)
        return out

    def _act(self, at_ms: int, rule: Rule, signal: Signal) -> list[Event]:
        if isinstance(signal, Cause):
            if not rule.is_live or not self._cases[rule.id].is_in_phase:
                return []
            replaced, offer = self._stage.lasting, Offer(rule, signal)
            raised = self._stage.offer(at_ms, offer)
            self._cases[rule.id].notes.note_due(signal, bool(raised))
            if raised and replaced:
                self._lasting[replaced.rule.id] = replaced  # its cause goes on
            elif signal.lasts and not raised:
                self._lasting[rule.id] = offer
            return raised
        self._lasting.pop(rule.id, None)
        if isinstance(signal, Obeyed):
            return self._stage.obeyed(at_ms, rule.id, signal)
        return self._stage.gone(at_ms, rule.id)

    def _offer_again(self, at_ms: int) -> list[Event]:
        for offer in sorted(self._lasting.values(), key=lambda offer: offer.rank, reverse=True):
            if raised := self._stage.offer(at_ms, offer):
                self._cases[offer.rule.id].notes.note_due(offer.cause, True)
                del self._lasting[offer.rule.id]
                return raised
        return []

    def _note(self, at_ms: int, event: Event, spoken: SpokenText | None) -> list[Event]:
        """Events that change what the coach knows, and answers from the page."""
        match event:
            case FactsNoted():
                self._state.facts = event.facts
            case WaitRequested():
                self._state.wait = event
            case HintDismissed():
                shown = self._stage.shown
                cleared = self._stage.answered(at_ms, event.hint, "dismissed")
                if cleared and shown and event.useful is False:
                    self._cases[shown.rule.id].notes.neutralise(shown.cause.evidence)
                return cleared
            case HintDone(by="agent"):
                return self._stage.answered(at_ms, event.hint, "done")
            case LanguageHeard(is_coached=False):
                return self._unhear(at_ms, event)
        out: list[Event] = []
        if isinstance(event, PhaseTracker.hears):
            out += self._in_phase(self._phases.feed(at_ms, event, spoken))
        return out

    def _unhear(self, at_ms: int, heard: LanguageHeard) -> list[Event]:
        """Another language was spoken: the words that were heard of it were none, and so what rests on them is gone."""

        def is_unheard(span: Span) -> bool:
            return span.channel is heard.channel and span.start_ms >= heard.start_ms

        by_words = [rule for rule in self._rulebook.rules if rule.kind.words == "needed"]
        for rule in by_words:
            notes = self._cases[rule.id].notes
            notes.retract(tuple(filter(is_unheard, notes.broken)))
            notes.kept = [span for span in notes.kept if not is_unheard(span)]
        shown = self._stage.shown
        if shown is None or shown.rule not in by_words:
            return []
        cause = shown.cause
        evidence = cause.evidence or (Span(Channel.AGENT, cause.start_ms, cause.end_ms),)
        return self._stage.gone(at_ms, shown.rule.id) if any(map(is_unheard, evidence)) else []

    def _in_phase(self, changes: list[PhaseChanged]) -> list[PhaseChanged]:
        self._state.phase = self._phases.now
        return changes


def _urgency(pair: tuple[Rule, Signal]) -> tuple[int, int, bool, bool]:
    """What ends a hint goes before what raises one."""
    rule, signal = pair
    return (2, *Offer(rule, signal).rank) if isinstance(signal, Cause) else (3, 0, False, False)
