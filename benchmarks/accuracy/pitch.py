"""f0 against Praat on the clean signal, and against voices whose f0 is known exactly.

Gross pitch error (GPE): share of the frames voiced in both that are more than 20 % off. Voicing decision error (VDE):
share of all frames of a turn whose voicing differs. SD error: median difference of the trimmed SD over windows of 10 s.

A turn is a clip from 100 ms before its first voiced frame to 100 ms behind its last; a speaker's clips are turns of one
channel. Between 60 and 500 Hz Praat's AC method puts 13-17 % of one test speaker's frames (D4 of THCHS-30, a quarter of
the material) an octave above what swift-f0 finds. GPE is therefore given a second time, against Praat in two passes
(Hirst 2007), which is not the truth either: it is an additional row, not a replacement.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.signal import hilbert

from benchmarks.accuracy import glottal
from benchmarks.accuracy.corpus import Clip, Corpus, Samples
from benchmarks.accuracy.figures import Figure
from benchmarks.accuracy.sound import at_dbfs, dbfs, looped, pcm, telephone
from pipeline.audio.measures.pitch import FRAME, PitchSettings, PitchTracker
from pipeline.audio.measures.variation import variation
from pipeline.ports import SAMPLE_RATE_HZ

FLOOR_HZ, CEILING_HZ = 60.0, 500.0
TARGETS = {"clean": (1, 12, 0.10), "telephone": (3, 14, 0.15)}  # GPE %, VDE %, SD error in semitones
NOISY = "telephone, office 18 dB"
BASES_HZ = (90, 110, 140, 170, 200, 230, 265, 300)
_HOP = SAMPLE_RATE_HZ // 100
_PYIN_S = 12  # seconds of each sound: pYIN takes a tenth of real time


@dataclass(frozen=True)
class Turn:
    """`f0_hz` is the truth of frames centred at 25 + 10 k ms, 0.0 unvoiced; `two_pass_hz` Praat's second opinion."""

    speaker: str
    samples: Samples
    f0_hz: Samples
    two_pass_hz: Samples | None = None


Tracker = Callable[[Sequence[Turn]], list[Samples]]  # f0 of each turn, frames as in Turn


def measure(corpus: Corpus | None) -> Iterator[Figure]:
    known = [Turn(f"{hz} Hz", (v := glottal.spoken(hz, 12.0, seed=1000 + hz)).samples, v.f0_hz) for hz in BASES_HZ]
    for line, sounds in (("clean", known), ("telephone", [_through(turn, telephone) for turn in known])):
        yield from _figures(f"known glottis, {line}", sounds, TARGETS[line])
    yield _creak()
    if corpus is None:
        yield _streams(np.concatenate([turn.samples for turn in known]))
        return
    if importlib.util.find_spec("parselmouth"):
        yield from _read(corpus)
    yield from _known_tones(corpus)
    yield from _sweep(corpus)
    yield _streams(np.concatenate([clip.samples for clip in corpus.read_mandarin()[:20]]))


def _read(corpus: Corpus) -> Iterator[Figure]:
    clips = sorted((clip for clip in corpus.read_mandarin() if not clip.is_for_fitting), key=lambda clip: clip.speaker)
    turns = [turn for clip in clips if (turn := _turn(clip)) is not None]
    yield from _figures("read Mandarin, clean", turns, TARGETS["clean"])
    yield from _figures("read Mandarin, telephone", [_through(t, telephone) for t in turns], TARGETS["telephone"])
    if bed := corpus.clip("noise/office_ambience_8k.wav"):

        def noisy(samples: Samples) -> Samples:
            noise = looped(bed.samples, len(samples), len(samples) * 7)
            return telephone(samples + at_dbfs(noise, dbfs(samples) - 18))

        yield from _figures(f"read Mandarin, {NOISY}", [_through(t, noisy) for t in turns], (None, None, None))


def _turn(clip: Clip) -> Turn | None:
    samples = at_dbfs(clip.samples, -23)
    f0 = _praat(samples, FLOOR_HZ, CEILING_HZ)
    voiced = np.flatnonzero(f0)
    if not len(voiced):
        return None
    low, high = np.percentile(f0[voiced], [25, 75])
    again = _praat(samples, max(FLOOR_HZ, 0.75 * low), min(CEILING_HZ, 1.5 * high))  # Hirst 2007
    first, last = max(0, voiced[0] - 10), min(len(f0), voiced[-1] + 11)
    span = samples[first * _HOP : (last - 1) * _HOP + FRAME]
    return Turn(clip.speaker, span, f0[first:last], again[first:last])


def _praat(samples: Samples, floor_hz: float, ceiling_hz: float) -> Samples:
    import parselmouth

    pitch = parselmouth.Sound(samples, SAMPLE_RATE_HZ).to_pitch_ac(
        time_step=0.01, pitch_floor=floor_hz, pitch_ceiling=ceiling_hz
    )
    return _on_our_grid(pitch.xs(), pitch.selected_array["frequency"], len(samples))


def _through(turn: Turn, line: Callable[[Samples], Samples]) -> Turn:
    return Turn(turn.speaker, line(turn.samples), turn.f0_hz, turn.two_pass_hz)


def _figures(on: str, turns: Sequence[Turn], targets: Sequence[float | None]) -> Iterator[Figure]:
    truth = np.concatenate([turn.f0_hz for turn in turns])
    tracks = {name: _whole(tracker(turns), turns) for name, tracker in _trackers().items()}
    if _has("librosa"):
        few = _until(turns, _PYIN_S)
        tracks[f"pyin, first {_PYIN_S} s"] = _whole(_pyin(few), few)
    given_voicing = {name: np.where(truth > 0, f0, 0) if name.startswith("yin") else f0 for name, f0 in tracks.items()}
    measures = (("GPE", gross_error, "%"), ("VDE", voicing_error, "%"), ("SD error", spread_error, "semitones"))
    for (name, error, unit), target in zip(measures, targets, strict=True):
        values = {who: error(f0, truth[: len(f0)]) for who, f0 in given_voicing.items()}
        if name == "VDE":
            values.pop("yin, truth's voicing", None)
        yield _figure(name, on, values, unit, target)
    if all(turn.two_pass_hz is not None for turn in turns):
        second = np.concatenate([turn.two_pass_hz for turn in turns if turn.two_pass_hz is not None])
        values = {who: gross_error(f0, second[: len(f0)]) for who, f0 in given_voicing.items()}
        yield _figure("GPE, Praat in two passes", on, values, "%", targets[0])


def _figure(measure: str, on: str, values: Mapping[str, float | None], unit: str, target: float | None) -> Figure:
    peers = {name: value for name, value in values.items() if name != "ours"}
    return Figure("pitch", measure, on, values["ours"], unit, target, peers=peers)


def gross_error(f0_hz: Samples, truth_hz: Samples) -> float | None:
    both = (f0_hz > 0) & (truth_hz > 0)
    if not both.any():
        return None
    return 100 * float(np.mean(np.abs(f0_hz[both] / truth_hz[both] - 1) > 0.2))


def voicing_error(f0_hz: Samples, truth_hz: Samples) -> float:
    return 100 * float(np.mean((f0_hz > 0) != (truth_hz > 0)))


def spread_error(f0_hz: Samples, truth_hz: Samples) -> float | None:
    """Windows of 10 s, every 5 s."""
    errors = []
    for begin in range(0, len(truth_hz) - 999, 500):
        found, true = variation(f0_hz[begin : begin + 1000]), variation(truth_hz[begin : begin + 1000])
        if found is not None and true is not None:
            errors.append(abs(found.sd_semitones - true.sd_semitones))
    return float(np.median(errors)) if errors else None


# --- the trackers ------------------------------------------------------------------------------------------


def _has(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _trackers() -> dict[str, Tracker]:
    trackers: dict[str, Tracker] = {"ours": _ours}
    if _has("swift_f0"):
        trackers["swift-f0"] = _swift
    if _has("librosa"):
        trackers["yin, truth's voicing"] = _yin
    return trackers


def _ours(turns: Sequence[Turn]) -> list[Samples]:
    f0, speaker = [], ""
    for turn in turns:
        if turn.speaker != speaker:
            tracker, speaker = PitchTracker(PitchSettings()), turn.speaker
        tracker.new_turn()
        f0.append(np.concatenate([tracker.feed(pcm(turn.samples)), tracker.finish()]))
    return f0


@cache
def _swift_model() -> Any:
    import swift_f0

    return swift_f0.SwiftF0(threads=1, spin=False)


def _swift(turns: Sequence[Turn]) -> list[Samples]:
    found = [_swift_model().detect(t.samples.astype(np.float32), SAMPLE_RATE_HZ, FLOOR_HZ, CEILING_HZ) for t in turns]
    return [
        _on_our_grid(f.timestamps, np.where(f.confidence >= 0.5, f.pitch_hz, 0.0), len(t.samples))
        for f, t in zip(found, turns, strict=True)
    ]


def _yin(turns: Sequence[Turn]) -> list[Samples]:
    import librosa

    return [librosa.yin(t.samples, fmin=FLOOR_HZ, fmax=CEILING_HZ, sr=SAMPLE_RATE_HZ, frame_length=FRAME,
                        hop_length=_HOP, center=False) for t in turns]  # fmt: skip


def _pyin(turns: Sequence[Turn]) -> list[Samples]:
    import librosa

    tracks = []
    for turn in turns:  # with its default frame length: with 50 ms it finds nothing in some voices
        f0_hz = librosa.pyin(turn.samples, fmin=FLOOR_HZ, fmax=CEILING_HZ, sr=SAMPLE_RATE_HZ, hop_length=_HOP)[0]
        at_s = np.arange(len(f0_hz)) * _HOP / SAMPLE_RATE_HZ
        tracks.append(_on_our_grid(at_s, np.nan_to_num(f0_hz), len(turn.samples)))
    return tracks


def _on_our_grid(at_s: Samples, f0_hz: Samples, length: int) -> Samples:
    """The nearest frame of another grid for each of ours."""
    ours_s = 0.025 + 0.01 * np.arange(max(0, (length - FRAME) // _HOP + 1))
    nearest = np.rint((ours_s - at_s[0]) / (at_s[1] - at_s[0])).astype(int)
    inside = (nearest >= 0) & (nearest < len(f0_hz))
    return np.where(inside, f0_hz[np.clip(nearest, 0, len(f0_hz) - 1)], 0.0)


def _whole(tracks: Sequence[Samples], turns: Sequence[Turn]) -> Samples:
    """One track, each turn cut to the length of its truth: a codec may have added or removed a sample."""
    lengths = (len(turn.f0_hz) for turn in turns)
    return np.concatenate([np.resize(np.append(f0, 0.0), n) if len(f0) < n else f0[:n]
                           for f0, n in zip(tracks, lengths, strict=True)])  # fmt: skip


def _until(turns: Sequence[Turn], seconds: float) -> list[Turn]:
    ends = np.cumsum([len(turn.f0_hz) for turn in turns]) / 100
    return [turn for turn, end in zip(turns, ends, strict=True) if end <= seconds] or [turns[0]]


# --- known sounds ----------------------------------------------------------------------------------------


def _creak() -> Figure:
    """Of the frames given as voiced: how many lie outside the drawn periods."""
    turns = [Turn(str(hz), line(glottal.creak(hz, 3.0, seed=hz)), np.full(296, float(hz)))
             for hz in (62, 70, 80) for line in (np.asarray, telephone)]  # fmt: skip
    truth = np.concatenate([turn.f0_hz for turn in turns])
    values = {name: gross_error(_whole(tracker(turns), turns), truth) for name, tracker in _trackers().items()}
    return _figure("GPE where voiced", "creak of 62-80 Hz, jitter 15 %, clean and telephone", values, "%", 5)


def _known_tones(corpus: Corpus) -> Iterator[Figure]:
    """Single syllables: tone 1 stays within 2 semitones, tone 3 falls by 2 or more before its end."""
    clips = corpus.clips("pitch/cmn_tones")
    turns = {clip.path.stem: Turn(clip.path.stem, at_dbfs(clip.samples, -23), np.zeros(0)) for clip in clips}
    if not turns:
        return
    for line in (np.asarray, telephone):
        values = {}
        for name, tracker in _trackers().items():
            if not name.startswith("yin"):  # it makes no voicing decision of its own
                tracks = tracker([_through(turn, line) for turn in turns.values()])
                right = [_has_its_shape(f0, stem) for stem, f0 in zip(turns, tracks, strict=True)]
                values[name] = 100 * float(np.mean(right))
        on = f"{len(turns)} syllables, {'telephone' if line is telephone else 'clean'}"
        yield Figure("pitch", "tone has its shape", on, values.pop("ours"), "%", 90, at_least=True, peers=values)


def _has_its_shape(f0_hz: Samples, stem: str) -> bool:
    voiced = f0_hz[f0_hz > 0]
    if len(voiced) < 10:
        return False
    semitones = 12 * np.log2(voiced / np.median(voiced))
    if stem.endswith("1"):
        low, high = np.percentile(semitones, [10, 90])
        return bool(high - low < 2)
    return bool(np.median(semitones[:5]) - semitones.min() >= 2)


def _sweep(corpus: Corpus) -> Iterator[Figure]:
    if (clip := corpus.clip("pitch/sweep.wav")) is None:
        return
    phase = np.unwrap(np.angle(hilbert(clip.samples)))
    hz = np.gradient(phase) * SAMPLE_RATE_HZ / (2 * np.pi)
    middles = np.arange(FRAME // 2, len(hz) - FRAME // 2, _HOP)
    truth = np.array([np.median(hz[m - 80 : m + 80]) for m in middles])
    turns = [Turn("sweep", clip.samples, np.where((truth > 65) & (truth < 480), truth, 0.0))]
    values = {name: gross_error(_whole(tracker(turns), turns), turns[0].f0_hz) for name, tracker in _trackers().items()}
    yield _figure("GPE", "sine sweep, 65-480 Hz", values, "%", 1)


# --- cost ------------------------------------------------------------------------------------------------


def _streams(samples: Samples) -> Figure:
    """Streams that one core carries: seconds of audio a CPU-second, fed in pieces of 500 ms, median of 5, in turn."""
    samples = samples[: 30 * SAMPLE_RATE_HZ]
    pieces = np.split(samples[: len(samples) // 8000 * 8000], len(samples) // 8000)

    def ours() -> None:
        tracker = PitchTracker(PitchSettings())
        for piece in whole:
            tracker.feed(piece)
        tracker.finish()

    def swift() -> None:
        stream = _swift_model().stream(FLOOR_HZ, CEILING_HZ)
        for piece in pieces:
            stream.push(piece, SAMPLE_RATE_HZ)

    whole = [pcm(piece) for piece in pieces]
    runs: dict[str, Callable[[], object]] = {"ours": ours}
    if _has("swift_f0"):
        runs["swift-f0"] = swift
    if _has("librosa"):
        runs["yin"] = lambda: _yin([Turn("", piece, piece) for piece in pieces])
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(6):
        for name, run in runs.items():
            began = time.process_time()
            run()
            spent[name].append(time.process_time() - began)
    seconds = len(pieces) / 2
    rates = {name: seconds / float(np.median(times[1:])) for name, times in spent.items()}
    return Figure("pitch", "streams a core", "pieces of 500 ms", rates.pop("ours"), "", 600, at_least=True, peers=rates)
