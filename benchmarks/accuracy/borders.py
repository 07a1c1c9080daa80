"""Onset and end of turns, against utterances whose first and last sound are known, in quiet and in noise.

For read speech the truth is a voiced frame and a margin (scenes.read_speech), too coarse for a target of 40 ms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.accuracy import scenes, sound
from benchmarks.accuracy.corpus import Corpus, Samples
from benchmarks.accuracy.detectors import Detector, detectors
from benchmarks.accuracy.figures import Figure
from benchmarks.accuracy.scenes import Scene

GAP_S = 2.0
JOINED_S = 0.3  # shorter gaps stay inside a turn
SHORTEST_S = 0.1


def measure(corpus: Corpus | None) -> Iterator[Figure]:
    found = [d for d in detectors() if not d.name.startswith("webrtcvad")]
    speech = {"espeak-ng": scenes.synthetic_speech(48)}
    if corpus is not None:
        speech["read Mandarin"] = scenes.read_speech(corpus, 60)
    for name, utterances in speech.items():
        quiet = scenes.laid_out(utterances, [GAP_S])
        yield from _digital(quiet, found[0], name)
        for bed, samples in _beds(corpus):
            noisy = quiet.on(samples)
            median = 40.0 if name == "espeak-ng" else None
            yield from _borders(noisy, found, f"{name}, {bed}", (median, 200))
            yield from _borders(noisy.over(sound.telephone), found, f"{name}, {bed}, telephone", (median, 400))


def _beds(corpus: Corpus | None) -> Iterator[tuple[str, Samples]]:
    yield "white −65 dBFS", sound.white(30, -65)
    office = corpus.clip("noise/office_ambience_8k.wav") if corpus else None
    if office is not None:
        yield "office 24 dB", sound.at_dbfs(office.samples, -50)


def _digital(scene: Scene, ours: Detector, name: str) -> Iterator[Figure]:
    """In digital silence a border is exact: it lies within its slice."""
    onsets, ends = _off_ms(scene, ours)
    for border, off in (("onset", onsets), ("end", ends)):
        on = f"{name}, digital silence"
        yield Figure("borders", f"{border} off, median", on, float(np.median(np.abs(off))), "ms", 20)
        yield Figure("borders", f"{border} off, p95", on, float(np.percentile(np.abs(off), 95)), "ms", 200)


def _borders(scene: Scene, found: list[Detector], on: str, targets: tuple[float | None, float]) -> Iterator[Figure]:
    """`targets` in ms: of the median, and of 95 %."""
    off = {d.name: _off_ms(scene, d) for d in found}
    for number, border in enumerate(("onset", "end")):
        for measure_name, target, share in (("median", targets[0], 50), ("p95", targets[1], 95)):
            values = {name: float(np.percentile(np.abs(both[number]), share)) for name, both in off.items()}
            ours = values.pop("ours")
            yield Figure("borders", f"{border} off, {measure_name}", on, ours, "ms", target, peers=values)


def _off_ms(scene: Scene, detector: Detector) -> tuple[np.ndarray, np.ndarray]:
    """Onset and end of the speech found for each utterance against the truth; one not found at all is 1,000 ms off."""
    verdicts, step_s = detector.verdicts(scene.samples), detector.step_s
    edges = np.flatnonzero(np.diff(np.concatenate([[0], verdicts.astype(int), [0]]))).reshape(-1, 2) * step_s
    turns: list[list[float]] = []
    for start, end in edges:
        if turns and start - turns[-1][1] <= JOINED_S:
            turns[-1][1] = end
        else:
            turns.append([start, end])
    return _borders_off_ms(scene, [(start, end) for start, end in turns if end - start >= SHORTEST_S])


def end_off_ms(scene: Scene, turns: Sequence[tuple[float, float]]) -> np.ndarray:
    """End of the last of the turns (in seconds) of each utterance against the truth."""
    return _borders_off_ms(scene, turns)[1]


def _borders_off_ms(scene: Scene, turns: Sequence[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    onsets, ends = [], []
    for start, end in scene.spoken:
        own = [turn for turn in turns if turn[0] < end + GAP_S / 2 and turn[1] > start - GAP_S / 2]
        onsets.append(1000 * (own[0][0] - start) if own else 1000.0)
        ends.append(1000 * (own[-1][1] - end) if own else 1000.0)
    return np.array(onsets), np.array(ends)
