"""Whether a window sized to the utterance gives the text of the padded one, and which of them is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import Bench, Utterance, padded, sized
from benchmarks.asr.errors import edits, percent, plain
from pipeline.asr.engine.whisper import WhisperEngine


def measure(bench: Bench) -> Iterator[Figure]:
    made = bench.utterances
    yield from _compared(bench.engine, made, f"{bench.model}, {len(made)} synthetic utterances of 2-8 s", 99.0)
    if recorded := bench.recorded():
        yield from _compared(bench.engine, recorded, f"{bench.model}, {len(recorded)} recorded clips", None)


def _compared(
    engine: WhisperEngine, utterances: Sequence[Utterance], on: str, target: float | None
) -> Iterator[Figure]:
    ours = [plain(sized(engine, u.pcm)) for u in utterances]
    theirs = [plain("".join(s.text for s in padded(engine, u.pcm, word_times=False))) for u in utterances]
    wanted = [plain(u.text) for u in utterances]
    characters = sum(map(len, wanted))
    yield Figure(
        "text", "CER, sized window", on, percent(sum(map(edits, wanted, ours)), characters),
        peers={"padded to 30 s": percent(sum(map(edits, wanted, theirs)), characters)},
    )  # fmt: skip
    same = sum(a == b for a, b in zip(ours, theirs, strict=True))
    yield Figure("text", "utterances whose text is the same sized and padded", on,
                 percent(same, len(utterances)), "%", target, True)  # fmt: skip
    yield Figure("text", "characters that differ, sized from padded", on,
                 percent(sum(map(edits, theirs, ours)), sum(map(len, theirs))))  # fmt: skip
