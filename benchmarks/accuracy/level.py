"""Level, SNR and clipping against synthetic mixtures, in which the levels of speech and noise are known.

Speech: read Mandarin, two clips a call, only recordings with next to no noise of their own (their quietest tenth lies
40 dB under their loudest slice). Clipping was fitted on other speakers; the level's limits for pauses and for the
spread of noise were chosen with these figures in view, and confirmed on the fitting speakers with noise not used here.
The level is the RMS over its spans, which join pauses up to 200 ms.
The meter is told the spans (joined over 300 ms, as turns are), so that these figures do not
depend on the voice detector; the last rows go through the whole chain. On the telephone, truth is measured behind the
band-pass and before µ-law. The true SNR takes the noise where nobody speaks, as docs/design.md defines it.

The peer `P.56` is the active speech level of ITU-T P.56 method B over the whole channel: it does not subtract noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import soxr
from scipy.signal import lfilter

from benchmarks.accuracy import sound
from benchmarks.accuracy.corpus import Clip, Corpus, Samples
from benchmarks.accuracy.detectors import one_sided_call
from benchmarks.accuracy.figures import Figure
from pipeline.audio.measures.level import Level, LevelMeter
from pipeline.events.measures import LevelMeasured
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm

SPEAKERS = 12
SNRS_DB = (5, 10, 20, 40)
SPEECH_DBFS = (-20.0, -32.0)
TARGET_DB = 0.5

Spans = list[tuple[int, int]]  # in slices


@dataclass(frozen=True)
class Scene:
    """Speech alone over its spans, and a bed of noise as long."""

    speech: Samples
    noise: Samples
    spans: Spans
    turns: Spans


def measure(corpus: Corpus | None) -> Iterator[Figure]:
    voices = list(_voices(corpus))
    for bed in ("white", "office"):
        if bed == "office" and (corpus is None or corpus.clip("noise/office_ambience_8k.wav") is None):
            continue
        for on in ("clean", "telephone"):
            yield from _noisy(corpus, voices, bed, on)
    yield from _clipped(voices)
    yield from _whole_chain(voices[:6])


# --- scenes -------------------------------------------------------------------------------------------


def _voices(corpus: Corpus | None) -> Iterator[list[Samples]]:
    """Two utterances of each speaker."""
    if corpus is None:
        from tests.sound import speech

        texts = "维修师傅今天下午三点到五点到您家里，到之前会先给您打电话。", "我家的水管漏水了，你们什么时候能来看看。"
        for variant in ("f2", "f4", "m3", "m7"):
            yield [speech(text, variant).astype(float) / 32768 for text in texts]
        return
    by_speaker: dict[str, list[Clip]] = {}
    for clip in corpus.read_mandarin(shortest_s=3.0):
        if not clip.is_for_fitting and _is_quiet(clip.samples):
            by_speaker.setdefault(clip.speaker, []).append(clip)
    yield from ([clip.samples for clip in clips[:2]] for clips in islice(by_speaker.values(), SPEAKERS))


def _is_quiet(samples: Samples) -> bool:
    """Whether the clip has so little noise that none is taken for speech."""
    power = np.mean(samples[: len(samples) // SLICE_SAMPLES * SLICE_SAMPLES].reshape(-1, SLICE_SAMPLES) ** 2, axis=1)
    return bool(np.percentile(power, 10) < power.max() * 1e-4)


def _spans(speech: Samples, joined_ms: int) -> Spans:
    """Runs of slices within 30 dB of the loudest one, joined over pauses up to `joined_ms`."""
    power = np.mean(speech.reshape(-1, SLICE_SAMPLES) ** 2, axis=1)
    found: Spans = []
    for i in np.flatnonzero(power > power.max() * 10**-3):
        if found and (i - found[-1][1]) * SLICE_MS <= joined_ms:
            found[-1] = (found[-1][0], int(i) + 1)
        else:
            found.append((int(i), int(i) + 1))
    return found


def _inside(samples: Samples, spans: Spans) -> Samples:
    return np.concatenate([samples[a * SLICE_SAMPLES : b * SLICE_SAMPLES] for a, b in spans])


def _outside(samples: Samples, spans: Spans) -> Samples:
    kept = np.ones(len(samples), bool)
    for a, b in spans:
        kept[a * SLICE_SAMPLES : b * SLICE_SAMPLES] = False
    return samples[kept]


def _laid_out(clips: list[Samples]) -> Samples:
    """Three seconds before, between and after; whole slices."""
    pause = np.zeros(3 * SAMPLE_RATE_HZ)
    call = np.concatenate([pause, *(part for clip in clips for part in (clip, pause))])
    return call[: len(call) // SLICE_SAMPLES * SLICE_SAMPLES]


def _scene(clips: list[Samples], noise: Samples, speech_dbfs: float, snr_db: float) -> Scene:
    call = _laid_out(clips)
    spans = _spans(call, 200)
    gain = 10 ** ((speech_dbfs - sound.dbfs(_inside(call, spans))) / 20)
    bed = sound.at_dbfs(sound.looped(noise, len(call)), speech_dbfs - snr_db)
    return Scene(call * gain, bed, spans, _spans(call, 300))


def _on_line(scene: Scene, on: str) -> tuple[Samples, Samples, Samples]:
    """Speech alone, noise alone and both together, as they reach the meter."""
    speech, noise, heard = scene.speech, scene.noise, scene.speech + scene.noise
    if on == "telephone":
        return sound.telephone_band(speech), sound.telephone_band(noise), sound.telephone(heard)
    return speech, noise, heard


def _metered(heard: Pcm, turns: Spans) -> Level:
    """The figures of the whole call, fed as the channel analysis does: slices between turns, turns in pieces."""
    meter = LevelMeter()
    at = 0
    for begin, end in [*turns, (len(heard) // SLICE_SAMPLES,) * 2]:
        for i in range(at, begin):
            meter.quiet(i * SLICE_MS, heard[i * SLICE_SAMPLES : (i + 1) * SLICE_SAMPLES])
        if end > begin:
            meter.new_turn(begin * SLICE_MS)
            meter.speech(heard[begin * SLICE_SAMPLES : end * SLICE_SAMPLES])
            meter.end_turn(end * SLICE_MS)
        at = end
    found = meter.call()
    assert found is not None
    return found


# --- level and SNR ------------------------------------------------------------------------------------


def _noisy(corpus: Corpus | None, voices: list[list[Samples]], bed: str, on: str) -> Iterator[Figure]:
    clip = corpus.clip("noise/office_ambience_8k.wav") if corpus and bed == "office" else None
    levels: list[float] = []
    peers: list[float] = []
    for snr_db in SNRS_DB:
        ratios: list[float] = []
        for number, clips in enumerate(voices):
            noise = clip.samples if clip else sound.white(30, -40, seed=number)
            for dbfs in SPEECH_DBFS:
                scene = _scene(clips, np.roll(noise, number * 40_000), dbfs, snr_db)
                speech, under, heard = _on_line(scene, on)
                truth_dbfs = sound.dbfs(_inside(speech, scene.spans))
                truth_snr = truth_dbfs - sound.dbfs(_outside(under, scene.turns))
                found = _metered(sound.pcm(heard), scene.turns)
                assert found.snr_db is not None
                levels.append(abs(found.speech_dbfs - truth_dbfs))
                ratios.append(abs(found.snr_db - truth_snr))
                peers.append(abs(_p56(heard) - truth_dbfs))
        yield _figure("SNR error, median", f"{bed} {snr_db} dB, {on}", float(np.median(ratios)))
        yield _figure("SNR error, 95 %", f"{bed} {snr_db} dB, {on}", float(np.percentile(ratios, 95)))
    for name, of in (("median", 50), ("95 %", 95)):
        p56 = {"P.56": float(np.percentile(peers, of))}
        yield _figure(f"speech level error, {name}", f"{bed} 5–40 dB, {on}", float(np.percentile(levels, of)), p56)


def _figure(measure: str, on: str, error: float, peers: dict[str, float | None] | None = None) -> Figure:
    return Figure("level", measure, on, error, "dB", TARGET_DB, peers=peers or {})


def _p56(samples: Samples) -> float:
    """Active speech level, ITU-T P.56 method B: envelope of 30 ms, hang-over of 200 ms, margin of 15.9 dB."""
    pole = np.exp(-1 / (SAMPLE_RATE_HZ * 0.03))
    smooth = [1 - pole], [1, -pole]
    envelope = lfilter(*smooth, lfilter(*smooth, np.abs(samples)))
    square, hang_over = float(np.sum(samples**2)), round(0.2 * SAMPLE_RATE_HZ)
    before: tuple[float, float] | None = None
    for threshold in 2.0 ** np.arange(-15, 0):
        over = np.flatnonzero(envelope >= threshold)
        if len(over) == 0:
            break
        active = int(np.minimum(np.diff(np.append(over, len(samples))), hang_over + 1).sum())
        level = 10 * np.log10(square / active)
        margin = level - 20 * np.log10(threshold)
        if margin <= 15.9:
            if before is None:
                return level
            share = (before[1] - 15.9) / (before[1] - margin)
            return before[0] + share * (level - before[0])
        before = level, margin
    return before[0] if before else -120.0


# --- clipping -----------------------------------------------------------------------------------------


def _clipped(voices: list[list[Samples]]) -> Iterator[Figure]:
    calls = [np.concatenate(clips) / np.abs(np.concatenate(clips)).max() for clips in voices]
    for share in (0.003, 0.01, 0.05):
        errors: dict[str, list[float]] = {"at full scale": [], "at -3 dBFS": [], "at -3 dBFS, 8 kHz": []}
        for call in calls:
            narrow = soxr.resample(call, SAMPLE_RATE_HZ, 8_000, quality="HQ")
            loud, loud_narrow = (x / np.quantile(np.abs(x), 1 - share) for x in (call, narrow))
            limit = 10 ** (-3 / 20)
            line = soxr.resample(limit * np.clip(loud_narrow, -1, 1), 8_000, SAMPLE_RATE_HZ, quality="HQ")
            for name, heard in (
                ("at full scale", loud),
                ("at -3 dBFS", limit * np.clip(loud, -1, 1)),
                ("at -3 dBFS, 8 kHz", line),
            ):
                errors[name].append(abs(10 * np.log10((_share(heard) + 1e-6) / share)))
        for name, found in errors.items():
            yield _figure("clipped share error, median", f"{share:.1%} {name}", float(np.median(found)))
            if "8 kHz" not in name:
                yield _figure("clipped share error, 95 %", f"{share:.1%} {name}", float(np.percentile(found, 95)))
            else:
                missed = 100 * float(np.mean(np.array(found) > 10))
                yield Figure("level", "clipping not seen", f"{share:.1%} {name}", missed, "% of calls")
    for on, line in (("clean", lambda x: x), ("telephone", sound.telephone)):
        worst = 100 * max(_share(line(0.7 * call)) for call in calls)
        yield Figure("level", "clipped share where nothing is, worst", on, worst, "% of samples", 0.5)


def _share(samples: Samples) -> float:
    meter = LevelMeter()
    meter.speech(sound.pcm(samples))
    found = meter.turn()
    assert found is not None
    return found.clipped_share


# --- the whole chain ----------------------------------------------------------------------------------


def _whole_chain(voices: list[list[Samples]]) -> Iterator[Figure]:
    for snr_db in (10, 30):
        for on in ("clean", "telephone"):
            levels, ratios = [], []
            for number, clips in enumerate(voices):
                scene = _scene(clips, sound.white(30, -40, seed=number), -26.0, snr_db)
                speech, under, heard = _on_line(scene, on)
                truth = sound.dbfs(_inside(speech, scene.spans))
                found = [e for e in one_sided_call(heard) if isinstance(e, LevelMeasured)][-1]
                levels.append(abs(found.speech_dbfs - truth))
                ratios.append(abs((found.snr_db or 0.0) - (truth - sound.dbfs(_outside(under, scene.turns)))))
            on_what = f"white {snr_db} dB, {on}, whole chain"
            for name, errors in (("speech level", levels), ("SNR", ratios)):
                yield _figure(f"{name} error, median", on_what, float(np.median(errors)))
                yield _figure(f"{name} error, worst", on_what, max(errors))
