"""Are announcements recognised, and do the steps of a silent call come in time whatever is played?

Prompts are the corpus' queue announcements, or two of synthetic speech where there is none. Recognised: within the
first two seconds from where listening begins. The steps are those of a whole call through `call.listen`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.accuracy import sound
from benchmarks.accuracy.corpus import Corpus, Samples
from benchmarks.accuracy.figures import Figure
from models.demo.synth import speak
from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.prompts import PromptMatch, Prompts, PromptSettings
from pipeline.audio.sources.file import FileSource
from pipeline.call import listen
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import CallFacts
from pipeline.events.hints import SilentCallStep
from pipeline.events.turns import TurnEnded
from pipeline.folders import bundled
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_SAMPLES
from pipeline.settings import CallSettings

SECTION = "announcements"
figure = partial(Figure, SECTION)

JOINED_S = (0.0, 0.37, 0.81, 1.43)
SEARCHED = PromptSettings().search_ms * SAMPLE_RATE_HZ // 1000
WAIT_MS = 5_000
SHIFTS = (0, 1_650, 4_310)  # samples: what a detector finds in music depends on where its blocks begin
LATE_MS = 620  # a sound that begins at the end of the fifth second delays the step until it is classified
SOUND_FILES = {".wav", ".flac", ".mp3", ".ogg", ".opus"}
SAID = (
    ("busy", "您好，坐席全忙，请稍候，我们将尽快为您接通"),
    ("hours", "您好，现在是非工作时间，请在工作日九点到十八点来电，再见"),
)


def measure(corpus: Corpus | None) -> Iterator[Figure]:
    recordings = _recordings(corpus)
    prompts = Prompts({name: sound.pcm(samples) for name, samples in recordings.items()})
    yield from _recognised(prompts, recordings, corpus)
    yield from _mistaken(prompts, corpus)
    yield from _steps(recordings, corpus)


def _recordings(corpus: Corpus | None) -> dict[str, Samples]:
    found = {clip.path.stem: clip.samples for clip in corpus.clips("telephony/queue-")} if corpus else {}
    return found or {name: 0.5 * speak(text, variant="f2").pcm.astype(np.float64) for name, text in SAID}


def _recognised(prompts: Prompts, recordings: dict[str, Samples], corpus: Corpus | None) -> Iterator[Figure]:
    noise = corpus.clip("noise/office_ambience_8k.wav") if corpus else None
    bed = noise.samples if noise else sound.white(10, -40)
    noisy = f"telephone, {'office' if noise else 'white noise'} 15 dB"
    lines: dict[str, Callable[[Samples], Samples]] = {
        "clean": lambda x: x,
        "telephone": sound.telephone,
        "telephone, 20 dB softer": lambda x: sound.telephone(0.1 * x),
        noisy: lambda x: sound.telephone(_with(x, bed, 15)),
        "telephone, 1 % slower": lambda x: sound.telephone(_slower(x, 0.01)),
    }
    for name, line in lines.items():
        decided: list[float] = []
        right = tried = 0
        for prompt, samples in recordings.items():
            played = line(samples)
            for begin_s in JOINED_S:
                tried += 1
                ms, told = _decided(prompts, played[_voiced_from(played, begin_s) :])
                if ms is not None:
                    decided.append(ms)
                    right += told == prompt
        target = 98.0 if name != noisy else 95.0
        yield figure("recognised, joined at its start or midway", name, 100 * right / tried, "%", target, True)
        if decided:
            yield figure("time to decision, median", name, float(np.median(decided)), "ms", 620)
            yield figure("time to decision, p95", name, float(np.percentile(decided, 95)), "ms", 2_000)


def _with(samples: Samples, bed: Samples, snr_db: float) -> Samples:
    return samples + sound.at_dbfs(sound.looped(bed, len(samples), 8_000), sound.dbfs(samples) - snr_db)


def _slower(samples: Samples, share: float) -> Samples:
    at = np.arange(0, len(samples) - 1, 1 / (1 + share))
    return np.interp(at, np.arange(len(samples)), samples)


def _voiced_from(samples: Samples, begin_s: float) -> int:
    """The first sound after `begin_s`: searching begins with a turn."""
    rest = np.abs(samples[int(begin_s * SAMPLE_RATE_HZ) :])
    return int(begin_s * SAMPLE_RATE_HZ) + int(np.argmax(rest > 0.1 * rest.max(initial=0.0)))


def _decided(prompts: Prompts, samples: Samples) -> tuple[float | None, str]:
    match, pcm = PromptMatch(prompts), sound.pcm(samples[:SEARCHED])
    for begin in range(0, len(pcm), SLICE_SAMPLES):
        if found := match.feed(pcm[begin : begin + SLICE_SAMPLES]):
            return (begin + SLICE_SAMPLES) / SAMPLE_RATE_HZ * 1000, found.name
    return None, ""


def _mistaken(prompts: Prompts, corpus: Corpus | None) -> Iterator[Figure]:
    """Every stretch of two seconds, not only the starts of turns."""
    said = [sound.telephone(0.5 * speak(text, variant="m3").pcm) for _, text in SAID]
    false = sum(_decided(prompts, samples)[0] is not None for samples in said) if corpus is None else 0
    if corpus is None:
        yield figure("mistaken for a prompt", "the same words in another voice", false, "stretches", 0)
        return
    seconds = cpu_s = 0.0
    for group in ("zh_read/", "calls/", "vad/", "pitch/", "noise/", "telephony/phone", "telephony/unavailable"):
        for clip in corpus.clips(group):
            if clip.path.suffix not in SOUND_FILES:  # headerless files have no sample rate
                continue
            for channel in clip.channels[:2]:
                for begin in range(0, min(len(channel), 120 * SAMPLE_RATE_HZ) - SAMPLE_RATE_HZ, SEARCHED):
                    stretch = channel[begin : begin + SEARCHED]
                    began = time.process_time()
                    false += _decided(prompts, stretch)[0] is not None
                    cpu_s += time.process_time() - began
                    seconds += len(stretch) / SAMPLE_RATE_HZ
    on = f"{seconds / 3600:.2f} h of other sound"
    yield figure("mistaken for a prompt", on, false, "stretches", 0)
    yield figure("cost while a turn is searched", on, 1000 * cpu_s / seconds, "ms/s")


def _steps(recordings: dict[str, Samples], corpus: Corpus | None) -> Iterator[Figure]:
    """How late the second and third step come while the customer's side plays something; no target where unknown."""
    opening = 0.4 * speak("您好，请问有什么可以帮您", variant="f2").pcm.astype(np.float64)
    played: dict[str, tuple[Samples, bool]] = {
        "nothing": (np.zeros(SAMPLE_RATE_HZ * 20), True),
        "ring-back, 450 Hz": (sound.ring_back(20), True),
        "busy tone, 450 Hz, 0.35 s": (_beeps(450, 0.35), True),
        "fax calling tone, 1100 Hz": (_beeps(1100, 0.5, 3.5), True),
        "modem answer, 2100 Hz": (_beeps(2100, 3.0, 3.075), True),
        "DTMF": (sound.dtmf(20), True),
        "chords": (sound.chords(20, vibrato=0.1), True),
        "piano": (sound.chords(20, decay_s=1.0), True),
        "sung vowels over chords": (sound.singing(20), False),
    }
    if corpus and (clip := corpus.clip("telephony/phone-calling.wav")):
        played["ring and hold tone (recording)"] = (clip.samples, True)
    for name, samples in recordings.items():
        looped = np.resize(np.concatenate([samples, np.zeros(SAMPLE_RATE_HZ)]), 20 * SAMPLE_RATE_HZ)
        played[f"{name}, again and again"] = (looped, True)
        played[f"{name}, once"] = (np.concatenate([samples, np.zeros(20 * SAMPLE_RATE_HZ - len(samples))]), True)
    rulebook = load_rulebook(bundled("rules", "handbook.yaml"))
    with tempfile.TemporaryDirectory() as folder:
        for name, samples in recordings.items():
            soundfile.write(Path(folder, f"{name}.wav"), samples, SAMPLE_RATE_HZ)
        known = replace(CallSettings(), prompts=PromptSettings(folder=folder))
        for name, (customer, has_target) in played.items():
            line = sound.telephone(customer)
            ours, plain = (
                float(np.mean([_in_time(opening, line[shift:], rulebook, s) for shift in SHIFTS]))
                for s in (known, CallSettings())
            )
            yield figure(
                "steps 2 and 3 of the silent call in time", name, 100 * ours, "%", 100.0 if has_target else None, True,
                {"no fingerprints": 100 * plain},
            )  # fmt: skip


def _beeps(hz: float, on_s: float, every_s: float = 0.7) -> Samples:
    time_s = np.arange(20 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    return sound.at_dbfs(np.sin(2 * np.pi * hz * time_s) * (time_s % every_s < on_s), -22)


def _in_time(opening: Samples, customer: Samples, rulebook: Rulebook, settings: CallSettings) -> float:
    """Share of the two steps that came: 5 s after the agent's last words, within `LATE_MS`."""
    first = int(0.3 * SAMPLE_RATE_HZ)
    second = first + len(opening) + (WAIT_MS + 1_500) * SAMPLE_RATE_HZ // 1000
    call = np.zeros((20 * SAMPLE_RATE_HZ, 2))
    for begin in (first, second):
        call[begin : begin + len(opening), 0] = opening
    begin = first + len(opening) + SAMPLE_RATE_HZ // 2
    call[begin:, 1] = customer[: len(call) - begin]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "call.wav")
        soundfile.write(path, call, SAMPLE_RATE_HZ)
        source = FileSource(path, facts=CallFacts(direction="inbound"))
        told = listen(source, NoTranscriber(), rulebook, settings, call_id="bench", started_at="")
        events = [event for slice_events in told for event in slice_events]
    ends = [e.end_ms for e in events if isinstance(e, TurnEnded) and e.channel == "agent"]
    # The opening may have pauses: the last turn before each step counts.
    said = [max((end for end in ends if end < limit), default=0) for limit in (second * 1000 // SAMPLE_RATE_HZ, 20_000)]
    steps = {e.step: e.at_ms for e in events if isinstance(e, SilentCallStep) and e.state == "say"}
    expected = zip((2, 3), said, strict=True)
    return float(np.mean([abs(steps.get(step, 1 << 30) - end - WAIT_MS) <= LATE_MS for step, end in expected]))
