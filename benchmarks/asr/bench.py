"""Shared by all sections: the model, utterances with their truth, and the call of the peer."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy import sound
from benchmarks.accuracy.corpus import Corpus, Samples
from benchmarks.asr.errors import han
from pipeline.asr.engine.weights import EngineSettings, locate, settings_for
from pipeline.asr.engine.whisper import WhisperEngine, load_engine
from pipeline.ports import SAMPLE_RATE_HZ, Pcm

MARGIN_MS = 160  # before and after a turn, as the listener asks (asr.margin_ms)


@dataclass(frozen=True)
class Utterance:
    """Speech with its margins, its text, and the start of each Han character (None: unknown)."""

    pcm: Pcm
    text: str
    starts_ms: tuple[int, ...] | None = None

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_RATE_HZ


@dataclass(frozen=True)
class Bench:
    model: str
    corpus: Corpus | None
    sizes: Path | None
    clips: int
    voices: Path | None = None

    @cached_property
    def engine(self) -> WhisperEngine:
        return load_engine(locate(self.model), self.settings)

    @property
    def settings(self) -> EngineSettings:
        return replace(settings_for(self.model), threads=1)

    @cached_property
    def utterances(self) -> list[Utterance]:
        """Call-centre sentences of 2 to 8 s in all voices of the synthesiser, with seeds not used in training."""
        return list(self._spoken(2.0, 8.0))

    def _spoken(self, shortest_s: float, longest_s: float) -> Iterator[Utterance]:
        recipe = Path(__file__).resolve().parents[2] / "models" / "demo"
        if str(recipe) not in sys.path:
            sys.path.insert(0, str(recipe))  # its modules import each other from this folder
        import sentences
        from synth import TRAIN_VARIANTS, speak

        rng, made = random.Random(70_001), 0
        while made < self.clips:
            text = sentences.utterance(rng, rng.choice((1, 1, 2)))
            speech = speak(
                text, variant=rng.choice(TRAIN_VARIANTS), speed=rng.randrange(120, 231),
                pitch=rng.randrange(30, 71), pitch_range=rng.randrange(40, 85),
            )  # fmt: skip
            first_s, last_s = speech.chars[0].start_s, speech.chars[-1].end_s
            if not shortest_s <= last_s - first_s <= longest_s:
                continue
            made += 1
            margin = np.zeros(MARGIN_MS * SAMPLE_RATE_HZ // 1000)
            voice = speech.pcm[int(first_s * SAMPLE_RATE_HZ) : int(last_s * SAMPLE_RATE_HZ)]
            samples = sound.at_dbfs(np.concatenate([margin, voice, margin]), -24)
            samples = samples + sound.white(len(samples) / SAMPLE_RATE_HZ + 1, -60, seed=made)[: len(samples)]
            starts = (round((c.start_s - first_s) * 1000) + MARGIN_MS for c in speech.chars if han(c.char))
            yield Utterance(sound.pcm(samples), text, tuple(starts))

    def bed(self, path: str) -> Samples:
        """A noise of the corpus; white noise where it has none."""
        clip = self.corpus.clip(path) if self.corpus else None
        return clip.samples if clip else sound.white(10, -40)

    def recorded(self) -> list[Utterance]:
        """The corpus' Mandarin clips of up to 25 s that have a transcript."""
        clips = self.corpus.clips("zh_read") if self.corpus else ()
        return [
            Utterance(sound.pcm(clip.samples), clip.transcript)
            for clip in clips
            if clip.transcript and clip.language.startswith("zh") and clip.seconds <= 25
        ]


def padded(engine: WhisperEngine, pcm: Pcm, *, word_times: bool = True) -> Any:
    """faster-whisper's own call, padded to 30 s; all its segments."""
    segments, _ = engine.model.transcribe(
        pcm.astype(np.float32) / 32768.0, beam_size=1, language="zh", temperature=0.0,
        condition_on_previous_text=False, vad_filter=False, word_timestamps=word_times,
    )  # fmt: skip
    return list(segments)


def sized(engine: WhisperEngine, pcm: Pcm, beam: int = 1) -> str:
    return "".join(word.text for word in engine.recognise([pcm], beam)[0].words)
