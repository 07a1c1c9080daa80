"""Whisper by faster-whisper's WhisperModel, with windows sized to the utterances, in batches.

By default Whisper's encoder processes a window of 30 s; utterances of calls last 2 to 8 s. Here the window is sized to
the utterance. Finals are decoded by beam search, captions greedily, both at temperature 0; word times come from
cross-attention alignment (Radford et al. 2022, appendix; faster-whisper's `find_alignment`). Runs in the calling
process; worker.py gives it one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from numpy.typing import NDArray

from pipeline.asr.engine.weights import EngineSettings
from pipeline.asr.session.guards import Evidence, believe, is_looping
from pipeline.errors import ModelError
from pipeline.events.words import COACHED, Word
from pipeline.ports import SAMPLE_RATE_HZ, Pcm, Recognised

_TOKENS_PER_S, _TOKENS_MORE = 12, 16  # limit of decoding: no speech has more tokens; a longer text is a loop
_MOST_TOKENS = 448  # limit of Whisper's decoder, prompt included
_NEARLY = 0.1  # mean log-probability per token below the best text, down to which another is as likely
_LEAST_PROBABLE = 0.001  # a language below this is not told
_NO_REPEAT_TOKENS = 4  # in the second attempt after a loop, no sequence of four tokens may repeat


@dataclass(frozen=True, slots=True)
class _Script:
    """What makes the model write in one language."""

    tokenizer: Tokenizer
    prompt: list[int]


class WhisperEngine:
    """One model in this process; not thread-safe."""

    def __init__(self, model: WhisperModel, settings: EngineSettings) -> None:
        self.model = model
        self.settings = settings
        self._scripts: dict[str, _Script] = {}
        self._knows_languages = settings.tells_language and model.model.is_multilingual

    def recognise(
        self, batch: Sequence[Pcm], beam: int = 1, language: str = COACHED, *, tells_language: bool = False
    ) -> list[Recognised]:
        """Words of each utterance, int16 of shape (n,) at 16 kHz; all in one window, that of the longest.

        `beam`: hypotheses that decoding keeps; 1 is greedy. They are written in `language`, whatever is spoken;
        `tells_language`: which languages may be spoken as well.

        An utterance whose text loops is decoded once more, alone and with repetition forbidden: the fallback of Whisper
        (Radford et al. 2022, §4.5) without its random temperature.
        """
        if not batch:
            return []
        if language not in self._scripts:
            self._scripts[language] = self._script(language)
        script = self._scripts[language]
        encoded = self.model.encode(self.features(batch))
        found = [
            self._recognise_again(pcm, script) if is_looping(words) else believe(words, evidence, self.settings.guards)
            for pcm, (words, evidence) in zip(batch, self._decode(batch, encoded, script, beam), strict=True)
        ]
        if not tells_language or not self._knows_languages:
            return found
        return [replace(one, languages=spoken) for one, spoken in zip(found, self._languages(encoded), strict=True)]

    def _recognise_again(self, pcm: Pcm, script: _Script) -> Recognised:
        """After a loop the decoder may also write beyond the end: last words without duration are always rejected."""
        encoded = self.model.encode(self.features([pcm]))
        ((words, evidence),) = self._decode([pcm], encoded, script, no_repeat=_NO_REPEAT_TOKENS)
        return believe(words, evidence, replace(self.settings.guards, squeezed_confidence=1.0))

    def _script(self, language: str) -> _Script:
        """Names and terms to expect are of the coached language alone."""
        tokenizer = Tokenizer(
            self.model.hf_tokenizer, self.model.model.is_multilingual, task="transcribe", language=language
        )
        hot_words = "，".join(self.settings.hot_words) if language == COACHED else ""
        prompt = self.model.get_prompt(tokenizer, [], without_timestamps=True, hotwords=hot_words or None)
        return _Script(tokenizer, prompt)

    def _languages(self, encoded: Any) -> list[dict[str, float]]:
        """Each language token (<|zh|>) with its probability as the first word of the decoder (Radford et al. 2022)."""
        told = self.model.model.detect_language(encoded)
        return [{token[2:-2]: float(p) for token, p in row if p >= _LEAST_PROBABLE} for row in told]

    def _decode(
        self, batch: Sequence[Pcm], encoded: Any, script: _Script, beam: int = 1, *, no_repeat: int = 0
    ) -> list[tuple[list[Word], Evidence]]:
        longest_s = max(len(pcm) for pcm in batch) / SAMPLE_RATE_HZ
        tokens = len(script.prompt) + _TOKENS_MORE + int(_TOKENS_PER_S * longest_s)
        results = self.model.model.generate(
            encoded,
            [script.prompt] * len(batch),
            beam_size=beam,
            num_hypotheses=beam,
            max_length=min(_MOST_TOKENS, 2 * tokens),  # CTranslate2 uses half of max_length for the output
            no_repeat_ngram_size=no_repeat,
            return_scores=True,
            suppress_blank=True,
            suppress_tokens=[-1],
        )
        texts = [[t for t in r.sequences_ids[0] if t < script.tokenizer.eot] for r in results]
        frames = [len(pcm) * 100 // SAMPLE_RATE_HZ for pcm in batch]
        placed = (
            self.model.find_alignment(script.tokenizer, texts, encoded, frames) if any(texts) else [[]] * len(texts)
        )
        words = [[_word(found) for found in row if str(found["word"]).strip()] for row in placed]
        return list(zip(words, map(partial(_evidence, script.tokenizer), results, texts, frames), strict=True))

    def features(self, batch: Sequence[Pcm]) -> NDArray[np.float32]:
        """Log-mel spectra, float32 of shape (utterances, mels, frames of 10 ms), padded with silence to the window."""
        window_ms = max(self.settings.window_ms(len(pcm)) for pcm in batch)
        padded = np.zeros((len(batch), window_ms * SAMPLE_RATE_HZ // 1000), np.float32)
        for row, pcm in zip(padded, batch, strict=True):
            row[: len(pcm)] = pcm[: len(row)]
        padded /= 32768.0
        return np.stack([self.model.feature_extractor(row)[:, : window_ms // 10] for row in padded])


def load_engine(folder: Path, settings: EngineSettings) -> WhisperEngine:
    """Loads a CTranslate2 Whisper model: int8 on a CPU, float16 on a GPU. Raises ModelError."""
    on_gpu = ctranslate2.get_cuda_device_count() > 0
    try:
        model = WhisperModel(
            str(folder),
            device="cuda" if on_gpu else "cpu",
            compute_type="float16" if on_gpu else "int8",
            cpu_threads=settings.threads,
            local_files_only=True,
        )
        return WhisperEngine(model, settings)
    except Exception as error:  # CTranslate2, tokenizers and JSON raise errors of many types
        lacks = "" if (folder / "tokenizer.json").is_file() else "it has no tokenizer.json, and none is fetched: "
        raise ModelError(f"{folder}: cannot be loaded as a CTranslate2 Whisper model: {lacks}{error}") from error


def _evidence(tokenizer: Tokenizer, result: Any, tokens: list[int], frames: int) -> Evidence:
    """With the mean log-probability per token as Whisper defines it: the end-of-text token counts."""
    least = result.scores[0] - _NEARLY
    near = [ids for ids, score in zip(result.sequences_ids[1:], result.scores[1:], strict=True) if score > least]
    otherwise = dict.fromkeys(tokenizer.decode([t for t in ids if t < tokenizer.eot]) for ids in near)
    log_probability = result.scores[0] * len(tokens) / (len(tokens) + 1)
    return Evidence(frames * 10, float(log_probability), tuple(otherwise))


def _word(found: dict[str, Any]) -> Word:
    return Word(
        text=str(found["word"]),
        start_ms=round(float(found["start"]) * 1000),
        end_ms=round(float(found["end"]) * 1000),
        confidence=float(found["probability"]),
    )
