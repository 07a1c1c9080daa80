"""Another language than Mandarin: when it is told, what it was coached for until then, and no Mandarin call lost to it.

Every recording of the corpus is a call; Mandarin clips of one speaker are joined to one, and heard on the telephone
and in noise as well. Each call is heard twice, with and without the languages that the model tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from benchmarks.accuracy import sound
from benchmarks.accuracy.corpus import Clip, Corpus, Samples
from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import Bench
from benchmarks.asr.natural import in_noise
from benchmarks.asr.ways import NOISES, SNRS_DB
from benchmarks.speed import RULEBOOK, Decoded
from pipeline.asr.engine.whisper import WhisperEngine
from pipeline.call import listen
from pipeline.events.channels import Channel, Heard
from pipeline.events.hints import HintRaised
from pipeline.events.measures import PaceMeasured
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded
from pipeline.events.words import COACHED, LanguageHeard, WordsHeard, WordsSuppressed
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pending, Recognised, Slice, Utterance
from pipeline.quantities import NEVER_MS
from pipeline.settings import CallSettings

LEAST_S = 2.0  # a shorter recording is no call
SPLIT = re.compile(r"_(agent|caller)\.wav$")  # the sides of one call in two files
PACE = "speech-rate-150"
BY_WORDS = {rule.id for rule in RULEBOOK.rules if rule.kind.words == "needed"}
Call = dict[Channel, Samples]


@dataclass
class Remembering:
    """The engine as a Transcriber that answers at once, hears nothing twice, and forgets the languages when told to."""

    heard_by: WhisperEngine
    tells: bool = True
    engine: str = "remembering"
    notice: str = ""
    trust: None = None
    fault: str = ""
    has_room: bool = False
    _answers: dict[tuple[bytes, str], Recognised] = field(default_factory=dict)

    def ask(self, utterance: Utterance) -> Pending:
        key = (utterance.pcm.tobytes(), utterance.language)
        if key not in self._answers:
            beam = self.heard_by.settings.beam
            found = self.heard_by.recognise([utterance.pcm], beam, utterance.language, tells_language=True)
            self._answers[key] = found[0]
        return _Answer(self._answers[key] if self.tells else replace(self._answers[key], languages={}))


@dataclass(frozen=True)
class _Answer:
    found: Recognised

    def ready(self) -> bool:
        return True

    def result(self) -> Recognised:
        return self.found


@dataclass
class Side:
    """One channel of one call of another language."""

    speech_s: float
    told_s: float | None  # speech up to the end of the utterance that decided
    utterances: int = 0
    coached: int = 0  # of which the words went to the rules


def measure(bench: Bench) -> Iterator[Figure]:
    if bench.corpus is None:
        return
    ears = Remembering(bench.engine)
    yield from _foreign(ears, list(_foreign_calls(bench.corpus)))
    mandarin = list(_mandarin_calls(bench.corpus))
    for name, change in _conditions(bench).items():
        yield from _mandarin(ears, [{c: change(samples) for c, samples in call.items()} for call in mandarin], name)


def _foreign(ears: Remembering, calls: Sequence[Call]) -> Iterator[Figure]:
    sides: list[Side] = []
    hints = {True: 0, False: 0}
    for call in calls:
        for ears.tells in (False, True):
            events = _events(ears, call)
            hints[ears.tells] += len(_by_words(events))
        sides += [side for c in call if (side := _side(events, c)).speech_s]
    on = f"{len(sides)} sides in other languages, {sum(side.speech_s for side in sides) / 60:.0f} min of speech"
    told = [side.told_s for side in sides if side.told_s is not None]
    untold = ", ".join(f"{side.speech_s:.0f} s" for side in sides if side.told_s is None)
    yield Figure("language", "told", on, round(100 * len(told) / len(sides), 1), "%", note=f"not told: {untold}")
    for share in (50, 90, 100):
        until_s = round(float(np.percentile(told, share)), 1)
        yield Figure("language", f"speech until it is told, p{share}", on, until_s, "s")
    leaked = 100 * sum(side.coached for side in sides) / sum(side.utterances for side in sides)
    yield Figure("language", "utterances whose words went to the rules", on, round(leaked, 1))
    without = {"without languages": float(hints[False])}
    yield Figure("language", "hints that rest on words", on, hints[True], "", 0.0, peers=without)


def _mandarin(ears: Remembering, calls: Sequence[Call], condition: str) -> Iterator[Figure]:
    lost = suppressed = utterances = 0
    ears.tells = True
    for call in calls:
        events = _events(ears, call)
        lost += sum(isinstance(e, LanguageHeard) for e in events)
        suppressed += sum(isinstance(e, WordsSuppressed) and e.reason == "other_language" for e in events)
        utterances += sum(isinstance(e, TurnEnded) for e in events)
    on = f"{len(calls)} Mandarin calls, {condition}"
    yield Figure("language", "calls taken for another language", on, lost, "", 0.0)
    yield Figure("language", "utterances not believed", on, round(100 * suppressed / utterances, 2), "%", 1.0)


def _side(events: Iterable[Event], channel: Channel) -> Side:
    mine = [e for e in events if isinstance(e, TurnEnded | LanguageHeard | WordsHeard) and e.channel is channel]
    turns = [e for e in mine if isinstance(e, TurnEnded)]
    words = [e for e in mine if isinstance(e, WordsHeard)]
    told = next((e for e in mine if isinstance(e, LanguageHeard) and not e.is_coached), None)
    changes = [e for e in mine if isinstance(e, LanguageHeard)]
    until_s = None if told is None else _seconds(turns, told.at_ms)
    side = Side(_seconds(turns), until_s, len(turns))
    for event in words:
        before = [e for e in changes if e.at_ms <= event.at_ms]
        side.coached += not before or before[-1].language == COACHED
    return side


def _by_words(events: Iterable[Event]) -> list[HintRaised]:
    """The hints that rest on words; a pace may be one of sound."""
    found, basis = list[HintRaised](), ""
    for event in events:
        if isinstance(event, PaceMeasured):
            basis = event.basis
        elif isinstance(event, HintRaised) and event.rule in BY_WORDS and (event.rule != PACE or basis == "words"):
            found.append(event)
    return found


def _seconds(turns: Iterable[TurnEnded], until_ms: int = NEVER_MS) -> float:
    return sum(max(0, min(turn.end_ms, until_ms) - turn.start_ms) for turn in turns) / 1000


def _events(ears: Remembering, call: Mapping[Channel, Samples]) -> list[Event]:
    count = max(map(len, call.values())) // SLICE_SAMPLES
    sides = {c: sound.pcm(np.resize(np.pad(s, (0, SLICE_SAMPLES)), count * SLICE_SAMPLES)) for c, s in call.items()}
    heard = dict.fromkeys(call, Heard.YES)
    slices = [
        Slice(at * SLICE_MS, {c: p[at * SLICE_SAMPLES : (at + 1) * SLICE_SAMPLES] for c, p in sides.items()}, heard)
        for at in range(count)
    ]
    told = listen(Decoded(tuple(call), slices), ears, RULEBOOK, CallSettings(), call_id="bench", started_at="")
    return [event for events in told for event in events]


def _foreign_calls(corpus: Corpus) -> Iterator[Call]:
    split: list[Clip] = []
    for clip in corpus.clips(""):
        if clip.language in ("", "zh", "en+zh") or clip.group.startswith("wav_formats") or clip.seconds < LEAST_S:
            continue
        if SPLIT.search(str(clip.path)):
            split.append(clip)
        elif len(clip.channels) == 2:
            yield dict(zip((Channel.AGENT, Channel.CUSTOMER), clip.channels, strict=True))
        else:
            yield {Channel.MIXED: clip.samples}
    if len(split) == 2:
        agent, caller = sorted(split, key=lambda clip: str(clip.path))
        yield {Channel.AGENT: agent.samples, Channel.CUSTOMER: caller.samples}


def _mandarin_calls(corpus: Corpus) -> Iterator[Call]:
    """The clips of one speaker, each after a second of silence."""
    speakers: dict[str, list[Samples]] = {}
    for clip in corpus.clips("zh_read", "zh"):
        speakers.setdefault(clip.speaker, []).append(sound.at_dbfs(clip.samples, -24))
    gap = np.zeros(SAMPLE_RATE_HZ)
    for pieces in speakers.values():
        yield {Channel.MIXED: np.concatenate([part for piece in pieces for part in (gap, piece)] + [gap])}


def _conditions(bench: Bench) -> dict[str, Callable[[Samples], Samples]]:
    noisy = {
        f"{name} {snr_db} dB": partial(in_noise, bed=bench.bed(path), snr_db=snr_db)
        for name, path in NOISES
        for snr_db in SNRS_DB
    }
    return {"clean": lambda samples: samples, "telephone": sound.telephone, **noisy}
