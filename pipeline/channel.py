"""The analysis of one channel: voice, turns, level, pitch, words and pace, put together for `call.listen`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.asr.session.listener import CUT_MARGIN_MS, Listener, WordEvent, quietest_ms
from pipeline.asr.session.recogniser import RecogniserSession
from pipeline.asr.text.pace import Pace, PaceMeter
from pipeline.audio.measures.level import Level, LevelMeter
from pipeline.audio.measures.pitch import HOP_MS, PitchTracker
from pipeline.audio.measures.syllables import SyllableCounter
from pipeline.audio.measures.variation import PitchMeter, Variation
from pipeline.audio.prompts import PromptListener, Prompts
from pipeline.audio.tape import Tape
from pipeline.audio.voice.own_voice import OwnVoice
from pipeline.audio.voice.silero import Silero
from pipeline.audio.voice.turns import TurnTracker
from pipeline.audio.voice.vad import Voice, VoiceDetector
from pipeline.events.channels import Channel
from pipeline.events.measures import AgentBaseline, LevelMeasured, PaceMeasured, PitchMeasured
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.events.words import LanguageHeard, WordsHeard
from pipeline.ports import SLICE_MS, Pcm
from pipeline.settings import CallSettings

_BEHIND_MS = 240  # latency of the voice detector: it decides in blocks of 192 ms
_KEEP_MS = 1_000  # audio kept while nobody speaks: covers pre-roll, margin and the latency of the turn's end


@dataclass(frozen=True, slots=True)
class Models:
    """What all calls of a process share: the voice model, and the recordings of known prompts."""

    silero: Silero
    prompts: Prompts


class ChannelAnalysis:
    """One channel of one call. Holds all state of the channel; the models are shared between calls.

    Used on the thread of the call: per slice `feed`, then `words`; at the end `finish`, then `whole_call`.
    """

    def __init__(
        self,
        channel: Channel,
        recogniser: RecogniserSession,
        models: Models,
        settings: CallSettings,
        usual: AgentBaseline | None = None,
    ) -> None:
        self.channel = channel
        self._usual = usual  # learned from earlier calls of the agent
        self._pace = PaceMeter(settings.pace)
        self._settings = settings
        self._voice = VoiceDetector(settings.vad, models.silero)
        self._turns = TurnTracker(channel, settings.turns)
        self._level = LevelMeter(settings.level)
        self._pitch = PitchTracker(settings.pitch)
        self._pitch_meter = PitchMeter(settings.variation)
        self._listener = Listener(channel, recogniser, settings.asr)
        self._speaks_coached = True  # the language whose words make a pace
        self._tape = Tape()
        self._own_voice = OwnVoice(settings.own_voice, self._tape) if channel is Channel.AGENT else None
        self._prompts = PromptListener(channel, models.prompts if channel is Channel.CUSTOMER else Prompts({}))
        self._measured_ms = 0  # call time up to which the open turn is measured
        self._pitched_ms = 0  # call time at which the next frame of f0 begins
        self._asked_ms = 0  # call time up to which the open turn has been sent to the recogniser
        self._syllables = SyllableCounter(settings.syllables)
        self._speaking_from: int | None = None
        self.skips_pitch = False  # set from outside while the machine is overloaded
        self._is_pitch_skipped = False  # for the rest of the open turn: a pitch track with a gap would be wrong

    @property
    def pending_onset(self) -> bool:
        """Sound has begun that may still turn out to be the onset of a turn."""
        return self._voice.pending_onset and not self._turns.open

    def feed(self, at_ms: int, pcm: Pcm, flush: bool, crosstalk_dbfs: float = -math.inf) -> list[Event]:
        """Analyses the slice that ends at `at_ms`: turns, prompts, and measures of the open turn. Words: see `words`.

        `pcm`: int16 of shape (320,) at 16 kHz. `flush`: decide now on all audio so far, because a silence limit
        depends on it. `crosstalk_dbfs`: level up to which this slice is known to be the other side's voice, dBFS.
        Slices come in order; a lost slice is left out.
        """
        if self._own_voice is not None and at_ms - SLICE_MS - self._tape.end_ms >= self._settings.lost_ms:
            self._own_voice.new_microphone()
        self._tape.add(at_ms, pcm)
        events: list[Event] = []
        for turn in self._turn_events(at_ms, self._voice.feed(at_ms - SLICE_MS, pcm, flush, crosstalk_dbfs), flush):
            events.append(turn)
            if isinstance(turn, TurnStarted):
                self._begin(turn)
            else:
                events += self._end(turn)
        if (prompt := self._prompts.feed(at_ms, self._speaking_from, self._tape.cut)) is not None:
            events.append(prompt)
        if self._speaking_from is None:
            if crosstalk_dbfs == -math.inf:  # bleed of the other side is not this channel's noise
                self._level.quiet(at_ms - SLICE_MS, pcm)
            self._tape.forget(self._needed_from_ms(at_ms))
        elif at_ms - self._measured_ms >= self._settings.measure_every_ms + self._settings.turns.gap_ms + _BEHIND_MS:
            events += self._measure_on(at_ms)
        return events

    def _turn_events(self, at_ms: int, verdicts: list[Voice], flush: bool) -> list[TurnStarted | TurnEnded]:
        own_voice, turns = self._own_voice, self._turns
        if own_voice is None:
            return [turn for verdict in verdicts for turn in turns.feed(verdict.start_ms, verdict.voiced, at_ms)]
        found: list[TurnStarted | TurnEnded] = []
        for verdict in verdicts:
            own = own_voice.feed(verdict.start_ms, verdict.dbfs) if verdict.voiced else []
            for start_ms in own:
                found += turns.feed(start_ms, True, at_ms)
            if not own:
                found += turns.feed(verdict.start_ms, False, at_ms)
        for start_ms in own_voice.decide() if flush else []:
            found += turns.feed(start_ms, True, at_ms)
        return found

    def _needed_from_ms(self, at_ms: int) -> int:
        """Start of the audio that may still become a turn, with the margin that is recognised with it."""
        starts = (self._turns.start_ms, self._own_voice.questioned_from_ms if self._own_voice is not None else None)
        begun_ms = min((start for start in starts if start is not None), default=at_ms)
        return min(begun_ms - self._settings.asr.margin_ms, at_ms - _KEEP_MS)

    def other_turn(self, turn: TurnStarted | TurnEnded) -> None:
        """A turn of the other side: a pause in which that speaks is no pause within one's own speech."""
        self._pace.other_turn(turn)
        if self._own_voice is not None:
            self._own_voice.other_turn(turn)

    def new_noise(self) -> None:
        """The noise of the line is another one from the next slice on."""
        self._level.forget_noise()

    def words(self, at_ms: int, can_wait: bool) -> list[Event]:
        """Captions and recognised words that join the slice ending at `at_ms`; blocks until due if `can_wait`."""
        if self._speaking_from is not None and not can_wait and self._listener.wants_guess(at_ms, self._asked_ms):
            pcm, _ = self._tape.cut(self._asked_ms - self._before_ms, at_ms)
            self._listener.guess(at_ms, self._asked_ms, pcm)
        return self._heard(self._listener.feed(at_ms, can_wait))

    def finish(self, at_ms: int) -> list[Event]:
        """Ends the open turn and blocks until all its words are recognised."""
        events: list[Event] = []
        for turn in self._turns.finish(at_ms):
            events.append(turn)
            if isinstance(turn, TurnEnded):
                events += self._end(turn)
        return events + self._heard(self._listener.finish(at_ms))

    def whole_call(self, at_ms: int) -> list[Event]:
        """Level, pitch and pace of the whole call; pace as estimated from the sound and as counted from the words."""
        events: list[Event] = []
        if (level := self._level.call()) is not None:
            events.append(self._level_event(at_ms, 0, at_ms, level))
        if (pitch := self._pitch_meter.call()) is not None:
            events.append(self._pitch_event(at_ms, 0, at_ms, pitch))
        for pace in (self._pace.call(at_ms, "acoustic"), self._pace.call(at_ms, "words")):
            if pace is not None:
                events.append(self._pace_event(at_ms, pace))
        return events

    # --- a turn, from its onset to its words ---------------------------------------------------------

    def _begin(self, turn: TurnStarted) -> None:
        self._speaking_from = self._measured_ms = self._pitched_ms = self._asked_ms = turn.start_ms
        self._is_pitch_skipped = False
        self._pitch.new_turn()
        self._syllables.new_turn()
        self._level.new_turn(turn.start_ms)

    def _measure_on(self, at_ms: int) -> list[Event]:
        """Measures the next half second of the open turn, so far back that the turn can no longer end before it."""
        step = self._settings.measure_every_ms
        until = self._measured_ms + step
        start = self._speaking_from
        assert start is not None
        self._measure(start, until)
        asr = self._settings.asr
        if until - self._asked_ms > asr.longest_ms:
            pcm, begin = self._tape.cut(self._asked_ms, until)
            cut = begin + quietest_ms(pcm, asr.cut_search_ms)
            self._ask(TurnEnded(at_ms, self.channel, self._asked_ms, cut), CUT_MARGIN_MS)
            self._asked_ms = cut
        self._tape.forget(self._asked_ms - asr.margin_ms - SLICE_MS)
        return self._readings(at_ms, start, until)

    def _end(self, turn: TurnEnded) -> list[Event]:
        # Nothing after `end_ms` was measured yet: `_measure_on` stays behind by the longest gap within a turn.
        self._measure(turn.start_ms, turn.end_ms, ended=turn)
        self._level.end_turn(turn.end_ms)
        voiced_ms = self._turns.voiced_ms if self._asked_ms == turn.start_ms else None  # not known for a part of a turn
        utterance = TurnEnded(turn.at_ms, self.channel, self._asked_ms, turn.end_ms)
        self._ask(utterance, self._settings.asr.margin_ms, voiced_ms)
        self._speaking_from = None
        return self._readings(turn.at_ms, turn.start_ms, turn.end_ms)

    @property
    def _before_ms(self) -> int:
        """Audio before what is asked next that is recognised with it."""
        return self._settings.asr.margin_ms if self._asked_ms == self._speaking_from else CUT_MARGIN_MS

    def _ask(self, utterance: TurnEnded, after_ms: int, voiced_ms: int | None = None) -> None:
        pcm, begin = self._tape.cut(utterance.start_ms - self._before_ms, utterance.end_ms + after_ms)
        self._listener.ask(utterance, pcm, begin, voiced_ms, self._turns.gaps)

    def _measure(self, start_ms: int, until_ms: int, ended: TurnEnded | None = None) -> None:
        pcm, _ = self._tape.cut(self._measured_ms, until_ms)
        self._measured_ms = until_ms
        self._is_pitch_skipped |= self.skips_pitch
        if self._is_pitch_skipped:
            self._measure_level_alone(start_ms, until_ms, pcm, ended)
            return
        f0 = self._pitch.feed(pcm)
        if ended is not None:
            f0 = np.concatenate([f0, self._pitch.finish()])
        self._pitch_meter.feed(f0, self._pitched_ms)
        self._pitched_ms += len(f0) * HOP_MS
        cells: list[tuple[int, float]] = []
        if len(pcm):  # empty where audio was lost inside a turn and the turn ends before what was measured
            self._level.speech(pcm)
            cells = self._syllables.feed(pcm, f0)
        if ended is not None:
            cells += self._syllables.finish()
        cells = [(start_ms + at, characters) for at, characters in cells]
        if ended is not None:
            self._pace.turn_ended(ended, self._turns.pauses, cells)
        elif self._syllables.counted_ms:
            self._pace.turn_goes_on(start_ms, start_ms + self._syllables.counted_ms, self._turns.pauses, cells)

    def _measure_level_alone(self, start_ms: int, until_ms: int, pcm: Pcm, ended: TurnEnded | None) -> None:
        """Without pitch there is no estimate of the pace by sound; the turn's words may still give its pace."""
        if len(pcm):
            self._level.speech(pcm)
        self._pace.turn_without_estimate(start_ms, until_ms, self._turns.pauses)
        if ended is not None:
            self._pace.turn_ended(ended, self._turns.pauses, [])

    def _heard(self, found: Iterator[WordEvent]) -> list[Event]:
        events: list[Event] = []
        for event in found:
            if isinstance(event, WordsHeard):
                if not event.words:
                    continue  # no words recognised (a cough): the pace keeps its estimate from the sound
                events.append(event)
                if not self._speaks_coached:
                    continue
                self._pace.words(event.start_ms, event.end_ms, event.words)
                if (pace := self._pace.window(event.at_ms)) is not None and pace.basis == "words":
                    events.append(self._pace_event(event.at_ms, pace))
            else:
                events.append(event)
            if isinstance(event, LanguageHeard):
                self._speaks_coached = event.is_coached
                if not event.is_coached:
                    self._pace.forget_words(event.start_ms)
        return events

    # --- readings as events ----------------------------------------------------------------------------

    def _readings(self, at_ms: int, start_ms: int, end_ms: int) -> list[Event]:
        events: list[Event] = []
        if (level := self._level.turn()) is not None:
            events.append(self._level_event(at_ms, start_ms, end_ms, level))
        if not self._is_pitch_skipped and (pitch := self._pitch_meter.window()) is not None:
            events.append(self._pitch_event(at_ms, self._pitch_meter.window_start_ms, end_ms, pitch))
        if (pace := self._pace.window(end_ms)) is not None:
            events.append(self._pace_event(at_ms, pace))
        return events

    def _level_event(self, at_ms: int, start_ms: int, end_ms: int, level: Level) -> LevelMeasured:
        return LevelMeasured(
            at_ms, self.channel, start_ms, end_ms, level.speech_dbfs, level.snr_db, level.clipped_share
        )  # fmt: skip

    def _pitch_event(self, at_ms: int, start_ms: int, end_ms: int, pitch: Variation) -> PitchMeasured:
        calls, baseline = self._pitch_baseline()
        return PitchMeasured(
            at_ms, self.channel, start_ms, end_ms, pitch.median_hz, pitch.sd_semitones, pitch.range_semitones,
            pitch.voiced_ms, *baseline, baseline_calls=calls,
        )  # fmt: skip

    def _pitch_baseline(self) -> tuple[int, tuple[float | None, int]]:
        """Number of calls it was learned from (0: this call, provisional); its SD in semitones and voiced ms."""
        usual = self._usual
        if usual is not None and usual.sd_semitones is not None:
            return usual.calls, (usual.sd_semitones, usual.voiced_ms)
        own = self._pitch_meter.baseline()
        return 0, (own.sd_semitones, own.voiced_ms) if own else (None, 0)

    def _pace_event(self, at_ms: int, pace: Pace) -> PaceMeasured:
        usual = self._usual
        baseline = (usual.speaking_rate, usual.speaking_ms) if usual is not None else (None, 0)
        return PaceMeasured(
            at_ms, self.channel, pace.start_ms, pace.end_ms, pace.speaking_rate, pace.articulation_rate,
            pace.characters, pace.speaking_ms, pace.articulation_ms, pace.basis, *baseline,
        )  # fmt: skip
