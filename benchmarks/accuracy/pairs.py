"""Bleed of real rooms: recordings of what a loudspeaker got and what a microphone heard, built into calls.

A folder of pairs as those of the Acoustic Echo Cancellation Challenge (Microsoft, ICASSP 2021):
`*_farend_singletalk_lpb.wav` and `_mic.wav`, `*_nearend_singletalk_mic.wav`. The far end is the customer, the
microphone the agent; what the microphone heard of the far end is moved to a lag and scaled to a gain, and added to the
near end: far end alone, near end alone, both. Truth: the near end without it. The peer is our own detector without the
meter.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.accuracy.bleed import NEVER, SPEECH_DBFS, listened
from benchmarks.accuracy.corpus import Corpus, Samples
from benchmarks.accuracy.figures import Figure
from benchmarks.accuracy.sound import at_dbfs, dbfs, white
from pipeline.audio.bleed import BleedSettings
from pipeline.events.channels import Channel
from pipeline.ports import SAMPLE_RATE_HZ

LAGS_MS = (20, 35)
GAINS_DB = (-6, -9, -12)
PARTS = "FNFNBF"  # far end, near end, both
FAR, NEAR = "_farend_singletalk_lpb.wav", "_nearend_singletalk_mic.wav"


def measure(corpus: Corpus | None) -> Iterator[Figure]:
    """No figures without a folder of pairs (`--pairs`)."""
    folder = None if corpus is None else corpus.pairs
    if folder is None:
        return
    far, near = sorted(folder.rglob(f"*{FAR}")), sorted(folder.rglob(f"*{NEAR}"))
    for gain_db in GAINS_DB:
        sums = np.zeros(8, int)
        for number, (lag_ms, path, spoken) in enumerate(product(LAGS_MS, far, near)):
            sums += _counts(*_call(path, spoken, lag_ms, gain_db, number))
        customer, silenced, agent, missed, both, missed_in_both, false, false_without = sums.tolist()
        on = (
            f"{len(LAGS_MS) * len(far) * len(near)} calls of real rooms, {LAGS_MS[0]} and {LAGS_MS[1]} ms, {gain_db} dB"
        )
        without = {"without the meter": _percent(false_without, customer)}
        yield Figure("pairs", "customer's speech missed", on, _percent(silenced, customer), "%", 0.5)
        yield Figure(
            "pairs", "customer's speech taken for the agent's", on, _percent(false, customer), "%", 10, peers=without
        )
        yield Figure("pairs", "agent's speech missed", on, _percent(missed, agent), "%", 10)
        yield Figure("pairs", "the same while both speak", on, _percent(missed_in_both, both), "%", 40)


def _call(path: Path, spoken: Path, lag_ms: int, gain_db: float, seed: int) -> tuple[Samples, Samples, Samples]:
    """Near end, far end, and what the microphone heard of the far end."""
    far, heard = _read(path), _read(Path(str(path).replace("_lpb.", "_mic.")))
    length = min(len(far), len(heard))
    far, heard = far[:length], heard[:length]
    shift = lag_ms * SAMPLE_RATE_HZ // 1000 - _lag(far, heard)
    heard = np.roll(heard, shift) * 10 ** ((gain_db + dbfs(far) - dbfs(heard)) / 20)
    near, nothing = np.resize(at_dbfs(_read(spoken), SPEECH_DBFS), length), np.zeros(length)
    agent = np.concatenate([near if part in "NB" else nothing for part in PARTS])
    customer, leak = (np.concatenate([x if part in "FB" else nothing for part in PARTS]) for x in (far, heard))
    seconds = len(agent) / SAMPLE_RATE_HZ + 1
    agent, customer = (x + white(seconds, level, seed)[: len(x)] for x, level in ((agent, -65), (customer, -70)))
    return agent, customer, leak


def _read(path: Path) -> Samples:
    samples, rate_hz = soundfile.read(path)
    assert rate_hz == SAMPLE_RATE_HZ
    return np.asarray(samples)


def _lag(far: Samples, heard: Samples) -> int:
    """In samples, by the phases alone, within a second (Knapp & Carter 1976)."""
    size = 2 * len(far)
    cross = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(far, size))
    peaks = np.abs(np.fft.irfft(cross / (np.abs(cross) + 1e-12)))
    peaks[SAMPLE_RATE_HZ:-SAMPLE_RATE_HZ] = 0.0
    at = int(np.argmax(peaks))
    return at if at < size // 2 else at - size


def _counts(agent: Samples, customer: Samples, leak: Samples) -> np.ndarray:
    """Slices, see `measure`."""
    truth = listened(agent, customer, NEVER)
    found, without = listened(agent + leak, customer, BleedSettings()), listened(agent + leak, customer, NEVER)
    own, other = truth.voiced[Channel.AGENT], truth.voiced[Channel.CUSTOMER]
    heard = found.voiced[Channel.AGENT]
    return np.array([
        other.sum(), (other & ~found.voiced[Channel.CUSTOMER]).sum(), own.sum(), (own & ~heard).sum(),
        (own & other).sum(), (own & other & ~heard).sum(), (heard & ~own & other).sum(),
        (without.voiced[Channel.AGENT] & ~own & other).sum(),
    ])  # fmt: skip


def _percent(part: int, whole: int) -> float:
    return 100 * part / max(1, whole)
