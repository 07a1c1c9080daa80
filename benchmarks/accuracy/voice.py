"""Voice and silence: gaps found, frames, real telephone channels, noises; against Silero, webrtcvad and ten-vad.

The gap test is the product's own event: twenty gaps of 6 s must be found, twenty of 4 s must not fire. Ours is the
SilenceReached of a whole call; a peer's is five seconds without 120 ms of speech in a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.accuracy import scenes, sound
from benchmarks.accuracy.beds import Bed, beds
from benchmarks.accuracy.corpus import Clip, Corpus, Samples
from benchmarks.accuracy.detectors import Detector, detectors, our_silences, silences
from benchmarks.accuracy.figures import Figure
from benchmarks.accuracy.scenes import Scene, Speech
from pipeline.events.channels import Channel
from pipeline.ports import SAMPLE_RATE_HZ

GAPS_S = (6.0, 4.0)
UTTERANCES = 40
NEAR_S = 0.02  # steps this near to a border are not judged: half a window of the slowest peer
FAINT_DBFS = (-38.0, -45.0)
COLLEAGUE_DB = -15.0
LINES = {"clean": lambda samples: samples, "telephone": sound.telephone}
CALLS = (
    "calls/aws_lca_split/Auto_Repairs_49_UTC_caller.wav",
    "calls/aws_lca_split/Auto_Repairs_49_UTC_agent.wav",
    "calls/aws_lca_demo_agent2.wav",
    "calls/genesys_audiohook_stereo_ulaw.wav",
    "calls/google_commercial_mono.wav",
    "calls/ibm_8k/english2.g712.wav",
    "calls/ibm_8k/sample-Ja_JP-narrow5.wav",
    "calls/ibm_8k/ko-KR_NarrowbandModel_sample1.wav",
    "calls/ibm_8k/dutch_duo_sample_2-mono-NB.wav",
)


def measure(corpus: Corpus | None) -> Iterator[Figure]:
    speech = scenes.read_speech(corpus, UTTERANCES) if corpus else scenes.synthetic_speech(UTTERANCES)
    quiet = scenes.laid_out(speech, GAPS_S)
    found = detectors()
    for bed in beds(corpus):
        for line, over in LINES.items():
            scene = _laid(quiet, bed).over(over)
            yield from _gaps(scene, found, bed, f"{bed.name}, {line}")
    yield from _colleague(quiet, speech)
    for level in FAINT_DBFS:
        yield _faint(quiet, level, found)
    if corpus is None:
        return
    for path in CALLS:
        if (clip := corpus.clip(path)) is not None:
            yield from _real_channels(clip, found)
    for clip in corpus.clips("noise"):
        yield _false_alarm(clip, found)


def _laid(quiet: Scene, bed: Bed) -> Scene:
    if bed.samples is None:
        return quiet
    return quiet.on(bed.samples) if bed.is_noise else quiet.between(bed.samples)


@dataclass(frozen=True)
class Gaps:
    """The result of a detector for the gaps of a scene; `late_ms`: delay of the event of each gap of 6 s found."""

    found: int
    fired: int
    late_ms: list[float]

    @classmethod
    def of(cls, scene: Scene, reached: list[tuple[float, float]]) -> Gaps:
        six = [gap for gap in scene.gaps if gap[1] - gap[0] > 5]
        four = [gap for gap in scene.gaps if gap[1] - gap[0] < 5]
        hits = [[at for _, at in reached if start + 4 <= at <= end + 0.15] for start, end in six]
        late = [1000 * (at[0] - start - 5) for at, (start, _) in zip(hits, six, strict=True) if at]
        fired = sum(any(start <= at <= end + 0.3 for _, at in reached) for start, end in four)
        return cls(sum(map(bool, hits)), fired, late)


def _gaps(scene: Scene, found: list[Detector], bed: Bed, on: str) -> Iterator[Figure]:
    ours, *peers = found
    verdicts = {d.name: d.verdicts(scene.samples) for d in found}
    made = {d.name: Gaps.of(scene, silences(verdicts[d.name], d.step_s)) for d in peers}
    our = Gaps.of(scene, our_silences(scene.samples))
    peer = {name: float(gaps.found) for name, gaps in made.items()}
    wanted = len([gap for gap in scene.gaps if gap[1] - gap[0] > 5])
    yield Figure("voice", "6 s gaps found", on, our.found, f"of {wanted}", wanted, at_least=True, peers=peer)
    peer = {name: float(gaps.fired) for name, gaps in made.items()}
    yield Figure("voice", "4 s gaps fired", on, our.fired, f"of {len(scene.gaps) - wanted}", 0, peers=peer)
    late = float(np.percentile(np.abs(our.late_ms), 95)) if our.late_ms else None
    yield Figure("voice", "SilenceReached off, p95", on, late, "ms", 300 if bed.is_noise else None)
    errors = {d.name: _frame_errors(scene, d, verdicts[d.name]) for d in found}
    best = min(sum(errors[name]) for name in errors if name.startswith(("silero", "ten")))
    sums = {d.name: sum(errors[d.name]) for d in peers}
    yield Figure("voice", "frames missed + false", on, sum(errors[ours.name]), target=best, peers=sums)
    false = {d.name: errors[d.name][1] for d in peers}
    yield Figure("voice", "frames false", on, errors[ours.name][1], target=1 if bed.is_noise else None, peers=false)


def _frame_errors(scene: Scene, detector: Detector, verdicts: np.ndarray) -> tuple[float, float]:
    """(missed % of the speech, false % of the rest)."""
    truth = scene.truth(detector.step_s, NEAR_S)[: len(verdicts)]
    verdicts = verdicts[: len(truth)]
    return 100 * float(1 - verdicts[truth == 1].mean()), 100 * float(verdicts[truth == 0].mean())


def _colleague(quiet: Scene, speech: Sequence[Speech]) -> Iterator[Figure]:
    """The agent's channel with another voice in every gap, 15 dB below."""
    out = quiet.samples.copy()
    for number, (start_s, end_s) in enumerate(quiet.gaps):
        other = speech[(number * 7 + 13) % len(speech)]
        begin, length = round((start_s + 0.5) * SAMPLE_RATE_HZ), round((end_s - start_s - 1) * SAMPLE_RATE_HZ)
        piece = other.samples[round(other.start_s * SAMPLE_RATE_HZ) :][:length] * 10 ** (COLLEAGUE_DB / 20)
        out[begin : begin + len(piece)] += piece
    gaps = Gaps.of(quiet, our_silences(out, Channel.AGENT))
    on = f"agent's channel, another voice at {COLLEAGUE_DB:.0f} dB in the gaps"
    yield Figure("voice", "6 s gaps found", on, gaps.found, "of 20", 20, at_least=True)
    yield Figure("voice", "4 s gaps fired", on, gaps.fired, "of 20", 0)


def _faint(quiet: Scene, level: float, found: list[Detector]) -> Figure:
    """A very faint customer on the telephone: any voice down to -45 dBFS counts."""
    softer = Scene(quiet.samples * 10 ** ((level - scenes.SPEECH_DBFS) / 20), quiet.spoken, quiet.gaps)
    scene = softer.on(sound.white(30, -75)).over(sound.telephone)
    missed = {d.name: _frame_errors(scene, d, d.verdicts(scene.samples))[0] for d in found}
    ours = missed.pop("ours")
    best = min(share for name, share in missed.items() if name.startswith(("silero", "ten")))
    return Figure("voice", "frames missed", f"telephone, voice at {level:.0f} dBFS", ours, target=best, peers=missed)


def _real_channels(clip: Clip, found: list[Detector]) -> Iterator[Figure]:
    """Without labels: what Praat finds voiced and loud is speech; false alarms cannot be counted."""
    for number, samples in enumerate(clip.channels):
        at_s = _loud_voiced(samples)
        missed = {d.name: partial(_missed, d)(samples, at_s) for d in found}
        peers = {name: share for name, share in missed.items() if name != "ours"}
        best = min(share for name, share in peers.items() if name.startswith(("silero", "ten")))
        on = f"{clip.path.stem[-26:]} {number}"
        yield Figure("voice", "loud voiced frames missed", on, missed["ours"], target=best, peers=peers)


def _missed(detector: Detector, samples: Samples, at_s: np.ndarray) -> float:
    verdicts = detector.verdicts(samples)
    return 100 * float(1 - verdicts[np.minimum((at_s / detector.step_s).astype(int), len(verdicts) - 1)].mean())


def _loud_voiced(samples: Samples) -> np.ndarray:
    import parselmouth

    pitch = parselmouth.Sound(samples, SAMPLE_RATE_HZ).to_pitch_ac(0.01, 70, pitch_ceiling=500)
    voiced = pitch.xs()[pitch.selected_array["frequency"] > 0]
    around = np.lib.stride_tricks.sliding_window_view(np.pad(samples, 160), 320)
    levels = np.array([sound.dbfs(around[int(at * SAMPLE_RATE_HZ)]) for at in voiced])
    return np.asarray(voiced[levels > np.percentile(levels, 95) - 25])


def _false_alarm(clip: Clip, found: list[Detector]) -> Figure:
    false = {d.name: 100 * float(d.verdicts(clip.samples).mean()) for d in found}
    ours = false.pop("ours")
    return Figure("voice", "taken for speech", f"noise alone: {clip.path.stem}", ours, target=1, peers=false)
