"""The agent's own voice: softer from one sentence to the next, another voice beside it, and where its turns end.

The agent is one speaker, else there is no own timbre. The customer speaks between the sentences, or nobody does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np

from benchmarks.accuracy import scenes, sound
from benchmarks.accuracy.borders import end_off_ms
from benchmarks.accuracy.corpus import Corpus, Samples
from benchmarks.accuracy.detectors import two_sided_call
from benchmarks.accuracy.figures import Figure
from benchmarks.accuracy.scenes import Scene, Speech
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.turns import SilenceReached, TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ

LOUD, SOFT = 6, 4  # sentences before the microphone is moved, and after it
CALLS = 3
GAP_S = 4.0  # the customer speaks in it
PAUSE_S = 1.0  # of a monologue
COLLEAGUE_DB = -15.0
COLLEAGUE_GAP_S = 7.0
NEAR_S = 0.3
LINES: dict[str, Callable[[Samples], Samples]] = {"clean": lambda samples: samples, "telephone": sound.telephone}


def measure(corpus: Corpus | None) -> Iterator[Figure]:
    agent, others = _speakers(corpus)
    for line, over in LINES.items():
        for softer_db in (6.0, 12.0):
            yield from _softer(agent, others, softer_db, line, over)
        yield _colleague(agent, others, line, over)
        yield from _ends(agent, line, over)


def _speakers(corpus: Corpus | None) -> tuple[list[Speech], list[Speech]]:
    """Sentences of the agent, and of all others."""
    if corpus is None:
        spoken = scenes.synthetic_speech(150)
        return spoken[0 :: len(scenes.VOICES)], [one for n, one in enumerate(spoken) if n % len(scenes.VOICES)]
    clips = sorted(corpus.read_mandarin(), key=lambda clip: clip.speaker)
    by_speaker = [list(found) for _, found in groupby(clips, lambda clip: clip.speaker)]
    most = max(by_speaker, key=len)
    rest = [clip for found in by_speaker if found is not most for clip in found]
    return scenes.spoken(most), scenes.spoken(rest)


def _softer(
    agent: Sequence[Speech], others: Sequence[Speech], softer_db: float, line: str, over: Callable[[Samples], Samples]
) -> Iterator[Figure]:
    """Of several calls: how much of the sentences after the change is the agent's, and whether a dead air is told."""
    shares: dict[bool, list[float]] = {True: [], False: []}
    false = {True: 0, False: 0}
    for begin in range(0, CALLS * (LOUD + SOFT), LOUD + SOFT):
        sentences = agent[begin : begin + LOUD + SOFT]
        for is_answered in shares:
            scene = scenes.laid_out(sentences, [GAP_S if is_answered else PAUSE_S])
            begin_s = scene.spoken[LOUD][0] - 0.2
            left = scene.samples.copy()
            left[round(begin_s * SAMPLE_RATE_HZ) :] *= 10 ** (-softer_db / 20)
            right = _between(scene, others, 0.8, 2.4, 0.0) if is_answered else np.zeros(len(left))
            events = two_sided_call(_on_line(left, over), _on_line(right, over))
            shares[is_answered] += [_share(events, span) for span in scene.spoken[LOUD:]]
            last_s = scene.spoken[-1][1]
            reached = [e for e in events if isinstance(e, SilenceReached) and begin_s < e.at_ms / 1000 < last_s]
            false[is_answered] += len(reached)
    for is_answered, found in shares.items():
        on = f"{softer_db:.0f} dB softer, {'customer between' if is_answered else 'monologue'}, {line}"
        target = 95.0 if is_answered else None
        yield Figure(
            "own_voice", "own level: speech heard", on, 100 * float(np.mean(found)), "%", target, at_least=True
        )
        yield Figure("own_voice", "own level: dead air over a voice", on, false[is_answered], f"in {len(found)}", 0)


def _colleague(
    agent: Sequence[Speech], others: Sequence[Speech], line: str, over: Callable[[Samples], Samples]
) -> Figure:
    """Another voice in each gap of a dialogue, after the customer; the silence must be told all the same."""
    scene = scenes.laid_out(agent[:12], [COLLEAGUE_GAP_S + 2.5])
    left = scene.samples + _between(scene, others[::-1], 3.0, COLLEAGUE_GAP_S + 2.2, COLLEAGUE_DB)
    right = _between(scene, others, 0.5, 2.5, 0.0)
    events = two_sided_call(_on_line(left, over), _on_line(right, over))
    told = [e.at_ms / 1000 for e in events if isinstance(e, SilenceReached)]
    found = sum(any(start_s + 6 < at_s <= end_s + 0.15 for at_s in told) for start_s, end_s in scene.gaps)
    on = f"another voice at {COLLEAGUE_DB:.0f} dB in the agent's gaps, {line}"
    return Figure("own_voice", "silences found", on, found, f"of {len(scene.gaps)}", len(scene.gaps), at_least=True)


def _ends(agent: Sequence[Speech], line: str, over: Callable[[Samples], Samples]) -> Iterator[Figure]:
    scene = scenes.laid_out(agent[:20], [2.0])
    heard, quiet = _on_line(scene.samples, over), np.zeros(len(scene.samples))
    for channel, sides in ((Channel.AGENT, (heard, quiet)), (Channel.CUSTOMER, (quiet, heard))):
        turns = _turns(two_sided_call(*sides), channel)
        near = np.abs(end_off_ms(scene, turns)) <= NEAR_S * 1000
        on = f"{channel.value}, {line}"
        yield Figure("own_voice", "ends within 0.3 s", on, 100 * float(near.mean()), "%", 95, at_least=True)


def _between(scene: Scene, voices: Sequence[Speech], from_s: float, until_s: float, gain_db: float) -> Samples:
    """Other voices in each gap, from and until so many seconds after its start."""
    out = np.zeros(len(scene.samples))
    length = round((until_s - from_s) * SAMPLE_RATE_HZ)
    for number, (start_s, _) in enumerate(scene.gaps):
        one = voices[number % len(voices)]
        spoken = one.samples[round(one.start_s * SAMPLE_RATE_HZ) : round(one.end_s * SAMPLE_RATE_HZ)]
        piece = np.resize(spoken, length) * 10 ** (gain_db / 20)
        begin = round((start_s + from_s) * SAMPLE_RATE_HZ)
        out[begin : begin + length] += piece[: max(0, len(out) - begin)]
    return out


def _on_line(samples: Samples, over: Callable[[Samples], Samples]) -> Samples:
    return over(samples + sound.looped(sound.white(20, -65), len(samples)))


def _turns(events: Sequence[Event], channel: Channel) -> list[tuple[float, float]]:
    ended = [e for e in events if isinstance(e, TurnEnded) and e.channel is channel]
    return [(e.start_ms / 1000, e.end_ms / 1000) for e in ended]


def _share(events: Sequence[Event], span: tuple[float, float]) -> float:
    start_s, end_s = span
    found = _turns(events, Channel.AGENT)
    return sum(max(0.0, min(end, end_s) - max(start, start_s)) for start, end in found) / (end_s - start_s)
