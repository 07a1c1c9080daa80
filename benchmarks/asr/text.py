"""Whether a window sized to the utterance gives the text of the padded one, and which of them is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import Bench, Utterance, edits, han, padded, sized
from pipeline.asr.engine.whisper import WhisperEngine
from pipeline.asr.text.normalisation import read_aloud


def measure(bench: Bench) -> Iterator[Figure]:
    made = bench.utterances
    yield from _compared(bench.engine, made, f"{bench.model}, {len(made)} synthetic utterances of 2-8 s", 99.0)
    if recorded := bench.recorded():
        yield from _compared(bench.engine, recorded, f"{bench.model}, {len(recorded)} recorded clips", None)


def _compared(
    engine: WhisperEngine, utterances: Sequence[Utterance], on: str, target: float | None
) -> Iterator[Figure]:
    ours = [_plain(sized(engine, u.pcm)) for u in utterances]
    theirs = [_plain("".join(s.text for s in padded(engine, u.pcm, word_times=False))) for u in utterances]
    wanted = [_plain(u.text) for u in utterances]
    characters = sum(map(len, wanted))
    yield Figure(
        "text", "CER, sized window", on, _percent(sum(map(edits, wanted, ours)), characters),
        peers={"padded to 30 s": _percent(sum(map(edits, wanted, theirs)), characters)},
    )  # fmt: skip
    same = sum(a == b for a, b in zip(ours, theirs, strict=True))
    yield Figure("text", "utterances whose text is the same sized and padded", on,
                 _percent(same, len(utterances)), "%", target, True)  # fmt: skip
    yield Figure("text", "characters that differ, sized from padded", on,
                 _percent(sum(map(edits, theirs, ours)), max(1, sum(map(len, theirs)))))  # fmt: skip


def _plain(text: str) -> str:
    """Han as read aloud: 150 counts as 一百五十."""
    return han(read_aloud(text))


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 2)
