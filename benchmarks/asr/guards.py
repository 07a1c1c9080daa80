"""How many good words the guards suppress: on real transcripts as text, and on speech through the engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import Bench, Utterance, edits, han
from pipeline.asr.guards import Evidence, GuardSettings, believe
from pipeline.asr.text import simplify
from pipeline.asr.whisper import WhisperEngine
from pipeline.events import Word


def measure(bench: Bench) -> Iterator[Figure]:
    recorded = bench.recorded()
    if recorded:
        yield _of_texts(recorded)
    yield from _of_speech(
        bench.engine, bench.utterances, f"{bench.model}, {len(bench.utterances)} synthetic utterances"
    )


def _of_texts(recorded: Sequence[Utterance]) -> Figure:
    """The true text, spread over the true time: as a perfect recogniser would hand it over."""
    characters = lost = 0
    for utterance in recorded:
        text = simplify(utterance.text)
        step = max(1, int(utterance.seconds * 1000) // max(1, len(text)))
        words = [Word(c, i * step, (i + 1) * step, 0.9) for i, c in enumerate(text)]
        found = believe(words, Evidence(int(utterance.seconds * 1000), 0.1, -0.3), GuardSettings())
        characters += len(han(text))
        lost += sum(len(han(s.text)) for s in found.suppressed)
    on = f"transcripts of {len(recorded)} recordings"
    return Figure("guards", "good characters suppressed", on, round(100 * lost / characters, 3), "%", 0.5)


def _of_speech(engine: WhisperEngine, utterances: Sequence[Utterance], on: str) -> Iterator[Figure]:
    """Suppressed characters that stand in what was said, by the edit distance they would have saved."""
    characters = lost = 0
    for utterance in utterances:
        found = engine.recognise([utterance.pcm])[0]
        wanted = han(utterance.text)
        characters += len(wanted)
        if found.suppressed:
            kept = han("".join(w.text for w in found.words))
            whole = han("".join(w.text for w in found.words) + "".join(s.text for s in found.suppressed))
            lost += max(0, edits(wanted, kept) - edits(wanted, whole))
    yield Figure("guards", "good characters suppressed", on, round(100 * lost / characters, 3), "%", 0.5)
