"""DC offset, rumble and mains hum on a line: who speaks, how loud and how high, against the same call without them.

Truth is the whole chain on the clean call; the peer is our own chain without the cleaning. Calls: two clips of one
speaker each, read Mandarin of the speakers nothing was fitted on, or espeak-ng's, two seconds of noise before and
between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from scipy.signal import butter, sosfilt

from benchmarks.accuracy import sound
from benchmarks.accuracy.corpus import Corpus, Samples
from benchmarks.accuracy.detectors import one_sided_call
from benchmarks.accuracy.figures import Figure
from benchmarks.accuracy.scenes import VOICES
from pipeline.audio.line.survey import LineSettings
from pipeline.events.channels import LineNoiseRemoved
from pipeline.events.measures import LevelMeasured, PitchMeasured
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS
from pipeline.settings import CallSettings

SPEECH_DBFS = -28.0
SPEAKERS = 8
NEVER = CallSettings(line=LineSettings(offset_dbfs=0.0, rumble_dbfs=0.0, hum_dbfs=0.0))


def measure(corpus: Corpus | None) -> Iterator[Figure]:
    calls = _calls(corpus)
    clean = [one_sided_call(call) for call in calls]
    yield Figure("line", "noise told where there is none", f"{len(calls)} calls as recorded", _told(clean), "")
    for on, noise in _noises(max(map(len, calls))).items():
        noisy = [call + noise[: len(call)] for call in calls]
        ours, without = (
            [one_sided_call(call, settings=settings) for call in noisy] for settings in (CallSettings(), NEVER)
        )
        yield Figure("line", "calls in which it was told", on, _told(ours), "", len(calls), at_least=True)
        for name, unit, target, of in (
            ("slices of speech missed or false", "%", 3.0, _wrong_share),
            ("level off, worst", "dB", 0.3, _level_off),
            ("median f0 off, worst", "%", 1.0, _pitch_off),
        ):
            peers = {"without": of(clean, without)}
            yield Figure("line", name, on, of(clean, ours), unit, target, peers=peers)


def _calls(corpus: Corpus | None) -> list[Samples]:
    if corpus is None:
        from models.demo.synth import speak

        spoken = {
            name: [speak("我想查一下昨天买的那个订单，怎么还没有到？", variant=name).pcm / 32768] * 2 for name in VOICES
        }
    else:
        spoken = {}
        for clip in corpus.read_mandarin(2.0):
            if not clip.is_for_fitting:
                spoken.setdefault(clip.speaker, []).append(clip.samples)
    voices = [clips[:2] for clips in spoken.values() if len(clips) > 1][:SPEAKERS]
    return [_call(clips, seed) for seed, clips in enumerate(voices)]


def _call(clips: list[Samples], seed: int) -> Samples:
    pause = np.zeros(2 * SAMPLE_RATE_HZ)
    # What the recording itself has below the voice is not part of the comparison.
    high = butter(4, 60, "highpass", fs=SAMPLE_RATE_HZ, output="sos")
    spoken = [sound.at_dbfs(sosfilt(high, clip), SPEECH_DBFS) for clip in clips]
    call = np.concatenate([pause, pause, *(part for one in spoken for part in (one, pause))])
    return np.asarray(call + sound.white(len(call) / SAMPLE_RATE_HZ + 1, -65, seed)[: len(call)])


def _noises(length: int) -> Mapping[str, Samples]:
    time_s = np.arange(length) / SAMPLE_RATE_HZ
    white = np.random.default_rng(5).standard_normal(length)
    rumble = sosfilt(butter(4, [20, 120], "bandpass", fs=SAMPLE_RATE_HZ, output="sos"), white)
    air = sosfilt(butter(4, [10, 55], "bandpass", fs=SAMPLE_RATE_HZ, output="sos"), white)

    def hum(mains_hz: float, *dbfs: float) -> Samples:
        tones = [10 ** (db / 20) * np.sin(2 * np.pi * k * mains_hz * time_s) for k, db in enumerate(dbfs, 1)]
        return np.asarray(np.sqrt(2) * np.sum(tones, axis=0))

    return {
        "DC offset 0.005": np.full(length, 0.005),
        "DC offset 0.04": np.full(length, 0.04),
        "DC offset -0.25": np.full(length, -0.25),
        "rumble 20-120 Hz, -35 dBFS": sound.at_dbfs(rumble, -35),
        "rumble 20-120 Hz, -30 dBFS": sound.at_dbfs(rumble, -30),
        "rumble 20-120 Hz, -25 dBFS": sound.at_dbfs(rumble, -25),
        "rumble 10-55 Hz, -25 dBFS": sound.at_dbfs(air, -25),
        "hum of 50 Hz, -40, -43, -50, -55 dBFS": hum(50, -40, -43, -50, -55),
        "hum of 100 Hz alone, -43 dBFS": hum(50, -200, -43),
        "hum of 60.05 Hz, -40, -45, -45 dBFS": hum(60.05, -40, -45, -45),
    }


def _told(calls: list[list[Event]]) -> int:
    return sum(any(isinstance(event, LineNoiseRemoved) for event in call) for call in calls)


def _wrong_share(clean: list[list[Event]], found: list[list[Event]]) -> float:
    """Slices of speech in one and not in the other, of all there are in the clean calls."""
    pairs = [(_slices(was), _slices(now)) for was, now in zip(clean, found, strict=True)]
    return 100 * sum(len(was ^ now) for was, now in pairs) / sum(len(was) for was, _ in pairs)


def _slices(events: list[Event]) -> set[int]:
    return {at for e in events if isinstance(e, TurnEnded) for at in range(e.start_ms, e.end_ms, SLICE_MS)}


def _level_off(clean: list[list[Event]], found: list[list[Event]]) -> float | None:
    pairs = [(_level(was), _level(now)) for was, now in zip(clean, found, strict=True)]
    return _most(abs(now - was) if now is not None else None for was, now in pairs if was is not None)


def _pitch_off(clean: list[list[Event]], found: list[list[Event]]) -> float | None:
    pairs = [(_pitch(was), _pitch(now)) for was, now in zip(clean, found, strict=True)]
    return _most(100 * abs(now / was - 1) if now is not None else None for was, now in pairs if was is not None)


def _most(errors: Iterable[float | None]) -> float | None:
    """None where one of them cannot be told: nobody was heard in that call."""
    known = list(errors)
    return None if None in known else max(error for error in known if error is not None)


def _level(events: list[Event]) -> float | None:
    return next((e.speech_dbfs for e in reversed(events) if isinstance(e, LevelMeasured) and e.start_ms == 0), None)


def _pitch(events: list[Event]) -> float | None:
    return next((e.median_hz for e in reversed(events) if isinstance(e, PitchMeasured) and e.start_ms == 0), None)
