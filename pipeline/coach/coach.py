"""The coach of one call: events in, one hint at a time out, and the scorecard at the end (DESIGN §6)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.coach.conditions import CallState, Evaluator, OverlapWatch, SilenceWatch
from pipeline.coach.delivery import PitchWatch, RateWatch
from pipeline.coach.hints import NEVER_MS, Cause, HintSettings, HintStage, Obeyed, Signal
from pipeline.coach.loudness import FaintWatch, OwnVolumeWatch
from pipeline.coach.matching import SpokenText, bare
from pipeline.coach.phrases import HoldReturnWatch, OpeningWatch, PhraseWatch
from pipeline.coach.prompts import PromptsHeard, covers
from pipeline.coach.rulebook import Rule, Rulebook
from pipeline.coach.scorecard import RuleNotes, score
from pipeline.coach.silent_call import SilentCall
from pipeline.coach.vocabulary import (
    HoldReturn,
    Level,
    Overlap,
    PhraseMissingBy,
    PhraseSaid,
    Pitch,
    Rate,
    Silence,
    SilentCall as SilentCallCondition,
)
from pipeline.coach.waits import promised_wait_ms
from pipeline.events.call import CallFacts, CallStarted, FactsNoted, Phase, PhaseChanged
from pipeline.events.channels import Channel
from pipeline.events.hints import HintDismissed, HintDone
from pipeline.events.prompts import AnnouncementHeard
from pipeline.events.record import Event
from pipeline.events.turns import SilenceEnded, SilenceKind, SilenceStarted, TurnStarted
from pipeline.events.words import WordsHeard

OPENING_MS = 30_000
"""No opening lasts longer, whoever has spoken."""

_GOODBYE = re.compile(r"再见|拜拜|祝[您你](生活|工作)?愉快|谢谢[您你]的来电")


class Coach:
    """Feed it every slice, with its events or without: its clock is the slices."""

    def __init__(
        self,
        rulebook: Rulebook,
        facts: CallFacts,
        channels: tuple[Channel, ...],
        settings: HintSettings | None = None,
    ) -> None:
        self._rulebook = rulebook
        self._prompts = PromptsHeard(rulebook.announcements)
        self._state = CallState(facts, channels, self._prompts)
        self._stage = HintStage(settings or HintSettings())
        self._notes = {rule.id: RuleNotes() for rule in rulebook.rules}
        self._silent_rule = next((r for r in rulebook.rules if isinstance(r.when, SilentCallCondition)), None)
        script = rulebook.scripts.silent_call if self._silent_rule else None
        self._silent_call = SilentCall(script, facts, channels)
        self._hearers: dict[type[Event], list[tuple[Rule, Evaluator]]] = {}
        self._evaluators = [(r, e) for r in rulebook.rules if (e := self._evaluator(r)) is not None]
        for rule, evaluator in self._evaluators:
            for kind in evaluator.hears:
                self._hearers.setdefault(kind, []).append((rule, evaluator))
        self._lasting: dict[str, Cause] = {}  # causes to offer again once the page is free
        self._phase_before = Phase.OPENING  # before the hold at hand
        self._customer_turns: set[int] = set()  # their starts, until the opening is left
        self._opening_until_ms = NEVER_MS
        self._wake_ms = NEVER_MS

    def feed(self, at_ms: int, events: Sequence[Event]) -> list[Event]:
        """What the coach has to say about the slice ending at `at_ms`."""
        if not events and at_ms < self._wake_ms:
            return []
        recordings = self._prompts.feed(at_ms, events)
        events = [*events, *recordings]
        out: list[Event] = [*recordings, *self._stage.tick(at_ms)]
        out += self._silent_call.feed(at_ms, events)
        self._state.silent_call = self._silent_call.is_running
        if at_ms >= self._opening_until_ms:
            out += self._leave_opening(at_ms)
        # Who broke a silence is to be known before it is over.
        for event in sorted(events, key=lambda event: isinstance(event, SilenceEnded)):
            out += self._hear(at_ms, event)
        if self._lasting and self._stage.cause is None:
            out += self._offer_again(at_ms)
        self._wake_ms = min(self._stage.wake_ms, self._silent_call.wake_ms, self._opening_until_ms)
        return out

    def finish(self, at_ms: int) -> list[Event]:
        out = self._stage.finish(at_ms)
        for _, evaluator in self._evaluators:
            evaluator.finish(at_ms)
        self._silent_call.finish(at_ms)
        if self._silent_rule:
            notes = self._notes[self._silent_rule.id]
            notes.chances, notes.broken = int(self._silent_call.shown), list(self._silent_call.faults)
        return [*out, score(at_ms, self._rulebook, self._notes)]

    def _evaluator(self, rule: Rule) -> Evaluator | None:
        notes, state = self._notes[rule.id], self._state
        match rule.when:
            case PhraseSaid() as when:
                return PhraseWatch(rule, when, notes, state)
            case PhraseMissingBy() as when:
                return OpeningWatch(rule, when, notes, state)
            case HoldReturn() as when:
                return HoldReturnWatch(rule, when, notes, state)
            case Silence() as when:
                return SilenceWatch(rule, when, notes, state)
            case Overlap() as when:
                return OverlapWatch(rule, when, notes, state)
            case Rate() as when:
                return RateWatch(rule, when, notes, state)
            case Pitch() as when:
                return PitchWatch(rule, when, notes, state)
            case Level() as when:
                watch = FaintWatch if when.own_rise_db is None else OwnVolumeWatch
                return watch(rule, when, notes, state)
        return None  # the silent call has its own display

    def _hear(self, at_ms: int, event: Event) -> list[Event]:
        out: list[Event] = self._note(at_ms, event)
        spoken = None
        if isinstance(event, WordsHeard):
            spoken = SpokenText(event.text, event.words, event.start_ms, event.end_ms)
            if promised_wait_ms(event.text) is not None:
                self._state.asked_to_wait, self._state.asked_end_ms = event.channel, event.end_ms
        signals = [
            (rule, signal)
            for rule, evaluator in self._hearers.get(type(event), ())
            for signal in evaluator.feed(event, spoken)
        ]
        # The gravest of one moment goes first, so that the page does not change twice in a slice.
        signals.sort(key=lambda pair: (2, *pair[1].rank) if isinstance(pair[1], Cause) else (3, 0, False), reverse=True)
        for rule, signal in signals:
            out += self._act(at_ms, rule, signal)
        return out

    def _act(self, at_ms: int, rule: Rule, signal: Signal) -> list[Event]:
        if isinstance(signal, Cause):
            if not rule.is_live or (rule.phases and self._state.phase not in rule.phases):
                return []
            shown = self._stage.lasting
            raised = self._stage.offer(at_ms, signal)
            if raised and shown:
                self._lasting[shown.rule.id] = shown  # replaced while it goes on
            elif signal.lasts and not raised:
                self._lasting[rule.id] = signal
            return raised
        self._lasting.pop(rule.id, None)
        if isinstance(signal, Obeyed):
            return self._stage.obeyed(at_ms, signal)
        return self._stage.gone(at_ms, signal.rule)

    def _offer_again(self, at_ms: int) -> list[Event]:
        for cause in sorted(self._lasting.values(), key=lambda cause: cause.rank, reverse=True):
            if raised := self._stage.offer(at_ms, cause):
                del self._lasting[cause.rule.id]
                return raised
        return []

    def _note(self, at_ms: int, event: Event) -> list[Event]:
        """Events that change what the coach knows, and answers from the page."""
        match event:
            case CallStarted():
                self._opening_until_ms = at_ms + OPENING_MS
                return [PhaseChanged(at_ms, Phase.OPENING)]
            case FactsNoted():
                self._state.facts = event.facts
            case HintDismissed():
                cause = self._stage.cause
                cleared = self._stage.answered(at_ms, event.hint, "dismissed")
                if cleared and cause and event.useful is False:
                    self._notes[cause.rule.id].neutralise(cause.evidence)
                return cleared
            case HintDone(by="agent"):
                return self._stage.answered(at_ms, event.hint, "done")
            case SilenceStarted():
                if event.kind in (SilenceKind.ANNOUNCED, SilenceKind.HOLD):
                    return self._enter(at_ms, Phase.HOLD)
            case SilenceEnded() if self._state.phase is Phase.HOLD:
                return self._enter(at_ms, self._phase_before)
            case TurnStarted(channel=Channel.CUSTOMER):
                if self._state.phase is Phase.OPENING and not self._prompts.cover(event.channel, event.start_ms):
                    self._customer_turns.add(event.start_ms)
            case AnnouncementHeard(channel=Channel.CUSTOMER):
                self._customer_turns = {ms for ms in self._customer_turns if not covers(event, event.channel, ms)}
            case TurnStarted(channel=Channel.AGENT):
                if self._customer_turns and self._state.phase is Phase.OPENING:
                    return self._leave_opening(at_ms)
            case WordsHeard(channel=Channel.AGENT):
                if self._state.phase is Phase.BODY and _GOODBYE.search(bare(event.text)):
                    return self._enter(at_ms, Phase.CLOSING)
        return []

    def _leave_opening(self, at_ms: int) -> list[Event]:
        self._opening_until_ms = NEVER_MS
        if self._state.phase is Phase.HOLD:
            self._phase_before = Phase.BODY
            return []
        return self._enter(at_ms, Phase.BODY)

    def _enter(self, at_ms: int, phase: Phase) -> list[Event]:
        if phase is self._state.phase:
            return []
        if phase is Phase.HOLD:
            self._phase_before = self._state.phase
        self._state.phase = phase
        return [PhaseChanged(at_ms, phase)]
