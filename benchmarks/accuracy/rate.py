"""Speech rate from sound alone: characters a minute of articulation, against the text that was read.

The turns, and in them the pauses over 250 ms, are those of the clean clip on both sides of the comparison, so that the
error is that of the count. Peer: the mean rate of the fitting speakers, as a constant. `--fit` prints the two
constants of `SyllableSettings` that turn nuclei into characters, from the fitting speakers at six tempos.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.accuracy.corpus import Clip, Corpus, Samples
from benchmarks.accuracy.figures import Figure
from benchmarks.accuracy.sound import at_dbfs, dbfs, looped, pcm, telephone
from models.demo.synth import HELD_OUT_VARIANTS, speak
from pipeline.asr.text.normalisation import count_characters
from pipeline.audio.measures.pitch import PitchSettings, PitchTracker
from pipeline.audio.measures.syllables import SyllableCounter, SyllableSettings
from pipeline.audio.voice.silero import shared_silero
from pipeline.audio.voice.turns import TurnSettings, TurnTracker
from pipeline.audio.voice.vad import VadSettings, VoiceDetector
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES

TEMPOS = (0.7, 0.85, 1.2, 1.45, 1.75)
LEAST_MS = 3_000
RANGES = (("below 170", 0, 170), ("170-230", 170, 230), ("above 230", 230, 1000))
TARGETS = {"clean": (6, 15), "telephone": (6, 15), "telephone, office 18 dB": (9, 22)}
_PER_MS = SAMPLE_RATE_HZ // 1000
_PIECE = SAMPLE_RATE_HZ // 2  # the piece in which the channel analysis feeds audio
_TEXTS = (
    "您好很高兴为您服务请问您今天想咨询哪方面的业务我这边马上帮您查询一下请您稍等",
    "根据您刚才提供的订单号码我们已经安排了明天上午的配送请您保持电话畅通谢谢",
)


@dataclass(frozen=True)
class Take:
    """One reading: its turns in ms, and the characters in them."""

    samples: Samples
    characters: int
    speaker: str
    turns: tuple[tuple[int, int], ...]
    articulation_ms: int

    @property
    def rate(self) -> float:
        return self.characters * 60_000 / self.articulation_ms


def measure(corpus: Corpus | None) -> Iterator[Figure]:
    yield from _synthetic()
    yield _cost()
    if corpus is None:
        return
    noise = corpus.clip("noise/office_ambience_8k.wav")
    fitting = [t for clip in _fitting(corpus) for t in _takes(clip)]
    guess = float(np.mean(list(_by_speaker(fitting).values())))
    read = [clip for clip in corpus.read_mandarin() if not clip.is_for_fitting]
    tested = [t for clip in read for t in _takes(clip)]
    for on, targets in TARGETS.items():
        yield from _figures(tested, on, noise, targets, guess)
    for clip in corpus.clips("noise"):
        if noise is None or clip.path != noise.path:
            yield from _figures(tested, f"telephone, {clip.path.stem} 18 dB", clip, None, guess, biased=False)
    others = [c for group in ("zh_read/misc", "zh_read/fleurs") for c in corpus.clips(group, "zh")]
    found = [t for clip in others if clip.transcript and not clip.is_for_fitting for t in _takes(clip)]
    for on in TARGETS:
        yield from _figures(found, f"{on}: clips of doubtful text", noise, None, guess, biased=False)
    faster = [t for clip in read for tempo in TEMPOS for t in _takes(clip, tempo)]
    for on in TARGETS if faster else ():
        yield from _figures(faster, f"{on}: tempo changed", noise, None, guess)


def _figures(
    takes: Sequence[Take], on: str, noise: Clip | None, targets: tuple[float, float] | None, guess: float,
    biased: bool = True,
) -> Iterator[Figure]:  # fmt: skip
    """Median and p90 of the error, and its median in three ranges of the true rate."""
    if not takes or ("dB" in on and noise is None):
        return
    rates = np.array([t.rate for t in takes])
    errors = np.array([100 * (counted(heard(t, on, noise), t) / t.characters - 1) for t in takes])
    guesses = 100 * (guess / rates - 1)
    note = f"{len(takes)} clips, {len({t.speaker for t in takes})} speakers"
    for name, share, target in zip(("median", "p90"), (50, 90), targets or (None, None), strict=True):
        ours, peer = (float(np.percentile(np.abs(e), share)) for e in (errors, guesses))
        peers = {"constant guess": peer}
        yield Figure("rate", f"{name} of |error|", on, ours, target=target, peers=peers, note=note)
    for name, low, high in RANGES if biased else ():
        inside = (rates >= low) & (rates < high)
        if inside.any():
            ours, peer = float(np.median(errors[inside])), float(np.median(guesses[inside]))
            yield Figure(
                "rate", f"|bias| {name} a minute", on, abs(ours), target=5 if targets else None,
                peers={"constant guess": abs(peer)}, note=f"{ours:+.1f} %, {int(inside.sum())} clips",
            )  # fmt: skip


def heard(take: Take, on: str, noise: Clip | None) -> Samples:
    """The take after that channel and with that noise."""
    samples = take.samples
    if "dB" in on and noise is not None:
        spoken = np.concatenate([samples[a * _PER_MS : b * _PER_MS] for a, b in take.turns])
        # Each clip gets another stretch of the noise.
        bed = looped(noise.samples, len(samples), begin=len(samples) * 7 % len(noise.samples))
        samples = samples + at_dbfs(bed, dbfs(spoken) - 18)
    return telephone(samples) if on.startswith("telephone") else samples


def counted(samples: Samples, take: Take, settings: SyllableSettings | None = None) -> float:
    """Characters by the counter, fed as the channel analysis does: turn by turn, half a second at a time."""
    pitch, syllables = PitchTracker(PitchSettings()), SyllableCounter(settings or SyllableSettings())
    whole, total = pcm(samples), 0.0
    for start, end in take.turns:
        pitch.new_turn()
        syllables.new_turn()
        turn = whole[start * _PER_MS : end * _PER_MS]
        for at in range(0, len(turn), _PIECE):
            piece = turn[at : at + _PIECE]
            f0_hz = pitch.feed(piece)
            if at + _PIECE >= len(turn):
                f0_hz = np.concatenate([f0_hz, pitch.finish()])
            total += sum(characters for _, characters in syllables.feed(piece, f0_hz))
        total += sum(characters for _, characters in syllables.finish())
    return total


def _takes(clip: Clip, tempo: float = 1.0) -> Iterator[Take]:
    """None for a clip with too little speech, or if Praat, which changes the tempo, is not installed."""
    samples = clip.samples
    if tempo != 1.0:
        try:
            from parselmouth import Sound
            from parselmouth.praat import call
        except ImportError:
            return
        # PSOLA (Moulines & Charpentier 1990): pitch and voice stay.
        samples = call(Sound(samples, SAMPLE_RATE_HZ), "Lengthen (overlap-add)", 60, 500, 1 / tempo).values[0]
    take = spoken(at_dbfs(samples, -26), count_characters(clip.transcript), clip.speaker)
    if take.articulation_ms * tempo >= LEAST_MS:
        yield take


def spoken(samples: Samples, characters: int, speaker: str) -> Take:
    """The turns the product finds in the clean clip."""
    detector, tracker = VoiceDetector(VadSettings(), shared_silero()), TurnTracker(Channel.AGENT, TurnSettings())
    whole = pcm(np.concatenate([samples, np.zeros(SAMPLE_RATE_HZ)]))
    turns, paused = [], 0
    for at in range(0, len(whole) - SLICE_SAMPLES, SLICE_SAMPLES):
        for verdict in detector.feed(at // _PER_MS, whole[at : at + SLICE_SAMPLES], False):
            for event in tracker.feed(verdict.start_ms, verdict.voiced, at // _PER_MS + SLICE_MS):
                if isinstance(event, TurnEnded):
                    turns.append((event.start_ms, event.end_ms))
                    paused += sum(end - start for start, end in tracker.pauses)
    return Take(samples, characters, speaker, tuple(turns), sum(end - start for start, end in turns) - paused)


def _synthetic() -> Iterator[Figure]:
    """espeak-ng, not used for fitting: its dips are shallow, its tempo is exact."""
    takes = []
    for variant in (*HELD_OUT_VARIANTS, "f2", "m1", "klatt2", "Annie"):
        for speed in (90, 120, 150, 180, 210, 240):
            for text in _TEXTS:
                speech = speak(text, variant=variant, speed=speed)
                silence = np.zeros(SAMPLE_RATE_HZ // 2)
                samples = np.concatenate([silence, at_dbfs(speech.pcm.astype(np.float64), -26), silence])
                takes.append(spoken(samples, len(speech.chars), variant))
    guess = float(np.mean([t.rate for t in takes]))
    for on in ("clean", "telephone"):
        yield from _figures([t for t in takes if t.turns], f"{on}: espeak-ng", None, None, guess)


def _cost() -> Figure:
    """Without the pitch tracker, whose frames are the voice detector's and the pitch meter's as well."""
    whole = pcm(speak("，".join(_TEXTS) * 3, variant="f3").pcm.astype(np.float64))
    pitch = PitchTracker(PitchSettings())
    f0_hz = np.concatenate([pitch.feed(whole), pitch.finish()])
    spent = []
    for _ in range(7):
        syllables, frame, began = SyllableCounter(SyllableSettings()), 0, time.process_time()
        for at in range(0, len(whole), _PIECE):
            known = max(0, (min(at + _PIECE, len(whole)) - 800) // 160 + 1)
            syllables.feed(whole[at : at + _PIECE], f0_hz[frame:known])
            frame = known
        syllables.finish()
        spent.append((time.process_time() - began) * 1000 / (len(whole) / SAMPLE_RATE_HZ))
    return Figure("rate", "cost per second of audio", "pieces of 500 ms", float(np.median(spent)), "ms", 1.0)


def _fitting(corpus: Corpus) -> list[Clip]:
    clips = corpus.read_mandarin() + list(corpus.clips("zh_read/misc", "zh"))
    return [clip for clip in clips if clip.is_for_fitting and clip.transcript]


def _by_speaker(takes: Sequence[Take]) -> dict[str, float]:
    speakers = {t.speaker for t in takes}
    return {s: float(np.mean([t.rate for t in takes if t.speaker == s])) for s in speakers}


def fit(corpus: Corpus) -> SyllableSettings:
    """nuclei = found_share x characters + false_per_s x seconds of speech, by least squares of the relative error.

    Regressing the count on the truth, and not the reverse, does not pull slow and fast speech towards the mean. All
    speakers have the same weight; of those with dozens of clips, every third clip is used.
    """
    clips, several = _fitting(corpus), Counter(c.speaker for c in _fitting(corpus))
    clips = [c for i, c in enumerate(clips) if several[c.speaker] < 20 or i % 3 == 0]
    takes = [t for clip in clips for tempo in (1.0, *TEMPOS) for t in _takes(clip, tempo)]
    noise = corpus.clip("noise/office_ambience_8k.wav")
    plain = replace(SyllableSettings(), found_share=1.0, false_per_s=0.0)
    several, rows, weights = Counter(t.speaker for t in takes), [], []
    for take in takes:
        for on in TARGETS:
            samples = heard(take, on, noise)
            nuclei = counted(samples, take, plain)
            seconds = nuclei - counted(samples, take, replace(plain, false_per_s=1.0))
            rows.append([1.0, seconds / take.characters, nuclei / take.characters])
            weights.append(several[take.speaker] ** -0.5)
    weighted = np.array(rows) * np.array(weights)[:, None]
    (found_share, false_per_s), *_ = np.linalg.lstsq(weighted[:, :2], weighted[:, 2], rcond=None)
    return replace(SyllableSettings(), found_share=float(found_share), false_per_s=float(false_per_s))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    fitted = fit(Corpus(parser.parse_args().corpus))
    print(f"found_share {fitted.found_share:.3f}, false_per_s {fitted.false_per_s:.2f}")
