"""The shared recogniser: faster-whisper's WhisperModel, one utterance at a time, off the call's thread.

Whisper's encoder pays for 30 s unless told otherwise; call utterances last 2 to 8 s. The window is sized to the
utterance (DESIGN §5), greedily decoded at temperature 0, words placed by cross-attention alignment.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_compression_ratio

from pipeline.errors import AsrError, ModelError
from pipeline.events import Word
from pipeline.ports import SAMPLE_RATE_HZ, Pcm, Pending

DEMO_MODEL = Path(__file__).resolve().parents[2] / "models" / "demo" / "ct2"
DEMO_NOTICE = "演示识别模型，只认识演示声音 · 真实通话请装正式模型"
NONE_NOTICE = "没有识别模型，只看声音"


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How one model is run. The window's floor and margin belong to the weights, not to the call."""

    language: str = "zh"
    threads: int = 1
    window_floor_ms: int = 10_000  # shorter windows make ordinary weights loop
    window_margin_ms: int = 2_500
    window_step_ms: int = 500  # windows are whole steps: CTranslate2 keeps memory for every length it has met
    no_speech_probability: float = 0.6  # phantom text: above this and
    log_probability: float = -1.0  # below this the utterance stays empty
    compression_ratio: float = 2.4  # a text that repeats itself


class _Words:
    """A future as the pipeline sees it."""

    def __init__(self, future: Future[tuple[Word, ...]]) -> None:
        self._future = future

    def ready(self) -> bool:
        return self._future.done()

    def words(self) -> Sequence[Word]:
        try:
            return self._future.result()
        except Exception as error:
            raise AsrError(f"the recogniser failed on an utterance: {error}") from error


class NoTranscriber:
    """`--model none`: no words, everything else the same."""

    engine = "none"

    def __init__(self, notice: str = NONE_NOTICE) -> None:
        self.notice = notice

    def ask(self, pcm: Pcm) -> Pending:
        return _Nothing()


class _Nothing:
    def ready(self) -> bool:
        return True

    def words(self) -> Sequence[Word]:
        return ()


class WhisperTranscriber:
    """One model shared by all calls; utterances are decoded in the order asked, on one worker thread."""

    def __init__(self, model: WhisperModel, engine: str, settings: EngineSettings, notice: str = "") -> None:
        self.engine = engine
        self.notice = notice
        self._model = model
        self._settings = settings
        self._tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=settings.language
        )
        self._prompt = model.get_prompt(self._tokenizer, [], without_timestamps=True)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="whisper")

    def ask(self, pcm: Pcm) -> Pending:
        return _Words(self._worker.submit(self.recognise, pcm))

    def recognise(self, pcm: Pcm) -> tuple[Word, ...]:
        """Words with times in milliseconds from the start of `pcm`; empty where no speech is found."""
        s = self._settings
        audio = pcm.astype(np.float32) / 32768.0
        duration_ms = len(audio) * 1000 // SAMPLE_RATE_HZ
        window_ms = max(s.window_floor_ms, duration_ms + s.window_margin_ms)
        window_ms = min(30_000, -(-window_ms // s.window_step_ms) * s.window_step_ms)
        padded = np.zeros(window_ms * SAMPLE_RATE_HZ // 1000, np.float32)
        padded[: len(audio)] = audio[: len(padded)]
        features = self._model.feature_extractor(padded)[:, : window_ms // 10]
        encoded = self._model.encode(features)
        result = self._model.model.generate(
            encoded,
            [self._prompt],
            beam_size=1,
            max_length=448,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=[-1],
        )[0]
        tokens = [t for t in result.sequences_ids[0] if t < self._tokenizer.eot]
        if not tokens or self._is_phantom(result, tokens):
            return ()
        frames = min(features.shape[-1], duration_ms // 10)
        aligned = self._model.find_alignment(self._tokenizer, [tokens], encoded, frames)
        return tuple(_word(found) for found in aligned[0] if str(found["word"]).strip())

    def _is_phantom(self, result: Any, tokens: list[int]) -> bool:
        """Text that nobody said: no speech heard and not sure of it, or one phrase over and over."""
        s = self._settings
        unheard = result.no_speech_prob > s.no_speech_probability and result.scores[0] < s.log_probability
        return bool(unheard or get_compression_ratio(self._tokenizer.decode(tokens)) > s.compression_ratio)


def _word(found: dict[str, Any]) -> Word:
    return Word(
        text=str(found["word"]),
        start_ms=round(float(found["start"]) * 1000),
        end_ms=round(float(found["end"]) * 1000),
        confidence=float(found["probability"]),
    )


def find_model(name: str) -> Path | None:
    """Where a model lies on this machine: a folder, `CALLCOACH_MODELS`, `models/`; None if nowhere."""
    if name == "demo":
        return DEMO_MODEL if (DEMO_MODEL / "model.bin").is_file() else None
    candidates = [Path(name)]
    if extra := os.environ.get("CALLCOACH_MODELS"):
        candidates.append(Path(extra) / name)
    candidates.append(DEMO_MODEL.parents[1] / name)
    return next((c for c in candidates if (c / "model.bin").is_file()), None)


def load_transcriber(name: str, settings: EngineSettings | None = None, *, fetch: bool = True) -> Any:
    """A recogniser by name, folder, `demo` or `none`.

    Looks in `CALLCOACH_MODELS`, `models/` and the local cache, and only then fetches (`fetch=False` never does).
    Raises ModelError with the way to get the weights.
    """
    if name == "none":
        return NoTranscriber()
    demo = name == "demo"
    settings = settings or (EngineSettings(window_floor_ms=0, window_margin_ms=400) if demo else EngineSettings())
    folder = find_model(name)
    if folder is None and demo:
        raise ModelError(f"the demo model is missing: {DEMO_MODEL.name}/model.bin; see models/demo/README.md")
    if folder is None and (os.sep in name or name.startswith(".")):
        raise ModelError(f"--model {name}: no model.bin in that folder; wanted a CTranslate2 Whisper model")
    model = _load(str(folder), settings) if folder else _load_by_name(name, settings, fetch)
    return WhisperTranscriber(model, "demo" if demo else name, settings, DEMO_NOTICE if demo else "")


def _load_by_name(name: str, settings: EngineSettings, fetch: bool) -> WhisperModel:
    from faster_whisper.utils import available_models, download_model

    if "/" not in name and name not in available_models():
        known = ", ".join(m for m in available_models() if ".en" not in m)
        raise ModelError(f"--model {name}: unknown; wanted a folder, demo, none or one of {known}")
    for local_only in (True, False) if fetch else (True,):
        try:
            return _load(download_model(name, local_files_only=local_only), settings)
        except (OSError, ValueError, RuntimeError):
            continue
        except Exception:  # the hub client has an error tree of its own, and it changes between versions
            continue
    raise ModelError(
        f"--model {name}: not on this machine and not fetched; copy a CTranslate2 folder to models/{name} or to "
        f"$CALLCOACH_MODELS/{name}, or run `callcoach models get {name}` where there is a network"
    )


def _load(path: str, settings: EngineSettings) -> WhisperModel:
    try:
        return WhisperModel(path, device="auto", compute_type="int8", cpu_threads=settings.threads)
    except (RuntimeError, ValueError, OSError) as error:
        raise ModelError(f"{path}: cannot be loaded as a CTranslate2 Whisper model: {error}") from error
