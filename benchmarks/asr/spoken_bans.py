"""Bans heard through the recogniser: sentences spoken by natural voices, clean and over a telephone, told to the rules.

The sentences are bans.yaml, fresh_bans.yaml, blind_bans.yaml and the rulebook's own examples. What is found in the text
as it is written is what the rules can do; the rest was lost by the recogniser. A near miss is falsely heard where any
ban is heard in it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path

import numpy as np

from benchmarks.accuracy import sound
from benchmarks.accuracy.corpus import Samples
from benchmarks.accuracy.figures import Figure
from benchmarks.asr.bench import MARGIN_MS, Bench
from benchmarks.asr.errors import of_all, percent, plain
from benchmarks.asr.natural import NAMES, Voices, in_noise
from benchmarks.rules.sentences import Outcome, Sentence, read, said, verdicts
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import CallFacts
from pipeline.events.score import Verdict
from pipeline.events.words import WordsHeard
from pipeline.folders import bundled
from pipeline.han import simplified
from pipeline.ports import SAMPLE_RATE_HZ

_HERE = Path(__file__).parent
SENTENCES = {
    "own sentences": _HERE / "bans.yaml",
    "fresh": _HERE / "fresh_bans.yaml",
    "blind": _HERE / "blind_bans.yaml",
}
SPEEDS = (0.85, 1.25)
SNR_DB = 15.0
HEARD = {"clean": 90.0, f"telephone, {SNR_DB:g} dB": 80.0}  # % of the bans, wanted
FALSELY = 3.0  # % of the near misses, at most

figure = partial(Figure, "spoken_bans")


def measure(bench: Bench) -> Iterator[Figure]:
    if bench.voices is None:
        return
    rulebook = load_rulebook(bundled("rules", "handbook.yaml"))
    sets = {name: read(path, rulebook) for name, path in SENTENCES.items()} | {"examples": _examples(rulebook)}
    for name, sentences in sets.items():
        spoken = list(_spoken(bench, sentences))
        yield from _figures(rulebook, f"{name}, as written", [said(sentence.said) for sentence in sentences], sentences)
        for line, sounding in _lines(bench).items():
            told = [_told(bench, sounding(samples)) for samples in spoken]
            yield from _figures(rulebook, f"{name}, {line}", told, sentences, HEARD[line])


def _examples(rulebook: Rulebook) -> list[Sentence]:
    bans = [rule for rule in rulebook.rules if rule.id.startswith("ban-")]
    ids = frozenset(rule.id for rule in bans)
    hits = [Sentence(text, ids, frozenset([rule.id])) for rule in bans for text in rule.examples.hits]
    return hits + [Sentence(text, ids, frozenset()) for rule in bans for text in rule.examples.misses]


def _spoken(bench: Bench, sentences: Sequence[Sentence]) -> Iterator[Samples]:
    """The sentences at 16 kHz, by all voices in turn, with a margin of silence."""
    assert bench.voices is not None
    voices, rng = Voices(bench.voices), random.Random(len(sentences))
    margin = np.zeros(MARGIN_MS * SAMPLE_RATE_HZ // 1000)
    for sentence, voice in zip(sentences, cycle(NAMES), strict=False):
        yield np.concatenate([margin, voices.say(voice, sentence.said, rng.uniform(*SPEEDS)), margin])


def _lines(bench: Bench) -> dict[str, Callable[[Samples], Samples]]:
    office = bench.bed("noise/office_ambience_8k.wav")
    clean, telephone = HEARD
    return {clean: lambda x: x, telephone: lambda x: sound.telephone(in_noise(x, office, SNR_DB))}


def _told(bench: Bench, samples: Samples) -> WordsHeard:
    found = bench.engine.recognise([sound.pcm(samples)], bench.settings.beam)[0]
    text = simplified("".join(word.text for word in found.words))
    return replace(said(text), otherwise=tuple(map(simplified, found.otherwise)))


def _broken(rulebook: Rulebook, heard: WordsHeard) -> frozenset[str]:
    """The rules that an agent breaks by these words in mid-call; fatal ones wait for somebody to confirm them."""
    told = verdicts(rulebook, CallFacts(direction="inbound"), heard)
    return frozenset(rule for rule, verdict in told.items() if verdict in (Verdict.MISSED, Verdict.TO_CONFIRM))


def _figures(
    rulebook: Rulebook, on: str, told: Sequence[WordsHeard], sentences: Sequence[Sentence], wanted: float | None = None
) -> Iterator[Figure]:
    outcomes = [Outcome(s, _broken(rulebook, heard) & s.judged) for s, heard in zip(sentences, told, strict=True)]
    bans = [outcome for outcome in outcomes if outcome.sentence.wanted]
    others = [outcome for outcome in outcomes if not outcome.sentence.wanted]
    missed = [o.sentence.said for o in bans if not o.sentence.wanted <= o.heard]
    false = [o.sentence.said for o in others if o.heard]
    yield figure("bans heard", f"{on}, {len(bans)}", percent(len(bans) - len(missed), len(bans)), "%", wanted, True,
                 note="; ".join(missed))  # fmt: skip
    yield figure("near misses falsely heard", f"{on}, {len(others)}", percent(len(false), len(others)), "%",
                 FALSELY if wanted else None, note="; ".join(false))  # fmt: skip
    if wanted:
        written = [plain(sentence.said) for sentence in sentences]
        wrong = of_all(written, [plain(heard.text) for heard in told])
        yield figure("CER", on, percent(wrong.total, sum(map(len, written))))
