"""What a recogniser is run with, and where its weights lie. The model itself is in whisper.py, not loaded here."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.asr.catalogue import Window, known, this_device, threads_of
from pipeline.asr.guards import GuardSettings
from pipeline.errors import ModelError
from pipeline.ports import SAMPLE_RATE_HZ

DEMO_MODEL = Path(__file__).resolve().parents[2] / "models" / "demo" / "ct2"
WHOLE_WINDOW_MS = 30_000  # what Whisper was trained on


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How one model is run. The window's floor and margin belong to the weights, not to the call (DESIGN §5)."""

    language: str = "zh"
    threads: int = 1  # of one worker
    window_floor_ms: int = 10_000  # shorter windows make ordinary weights loop
    window_margin_ms: int = 2_500
    window_step_ms: int = 500  # windows are whole steps: CTranslate2 keeps memory for every length it has met
    hot_words: tuple[str, ...] = ()  # names and terms the model is told to expect
    guards: GuardSettings = field(default_factory=GuardSettings)

    def window_ms(self, samples: int) -> int:
        """The window for an utterance of so many samples at 16 kHz."""
        wanted = max(self.window_floor_ms, samples * 1000 // SAMPLE_RATE_HZ + self.window_margin_ms)
        return min(WHOLE_WINDOW_MS, -(-wanted // self.window_step_ms) * self.window_step_ms)


def settings_for(name: str) -> EngineSettings:
    """As the catalogue has it; a model it does not know is taken for ordinary weights."""
    window = model.window if (model := known(name)) is not None else Window()
    threads = 1 if name == "demo" else threads_of(this_device().cores)
    return EngineSettings(threads=threads, window_floor_ms=window.floor_ms, window_margin_ms=window.margin_ms)


def find_model(name: str) -> Path | None:
    """Where a model lies on this machine: a folder, `CALLCOACH_MODELS`, `models/`; None if nowhere."""
    if name == "demo":
        return DEMO_MODEL if (DEMO_MODEL / "model.bin").is_file() else None
    candidates = [Path(name)]
    if extra := os.environ.get("CALLCOACH_MODELS"):
        candidates.append(Path(extra) / name)
    candidates.append(DEMO_MODEL.parents[1] / name)
    return next((c for c in candidates if (c / "model.bin").is_file()), None)


def locate(name: str, *, fetch: bool = True) -> Path:
    """The folder of a model by name or path: on this machine, in the hub's cache, and only then fetched.

    Raises ModelError with the way to get the weights.
    """
    folder = find_model(name)
    if folder is not None:
        return folder
    if name == "demo":
        raise ModelError(f"the demo model is missing: {DEMO_MODEL.name}/model.bin; see models/demo/README.md")
    if os.sep in name or name.startswith("."):
        raise ModelError(f"--model {name}: no model.bin in that folder; wanted a CTranslate2 Whisper model")
    return _from_hub(name, fetch)


def _from_hub(name: str, fetch: bool) -> Path:
    from faster_whisper.utils import available_models, download_model

    if "/" not in name and name not in available_models():
        known = ", ".join(m for m in available_models() if ".en" not in m)
        raise ModelError(f"--model {name}: unknown; wanted a folder, demo, none or one of {known}")
    for local_only in (True, False) if fetch else (True,):
        try:
            return Path(download_model(name, local_files_only=local_only))
        except Exception:  # the hub client has an error tree of its own, and it changes between versions
            continue
    raise ModelError(
        f"--model {name}: not on this machine and not fetched; copy a CTranslate2 folder to models/{name} or to "
        f"$CALLCOACH_MODELS/{name}, or run `callcoach models get {name}` where there is a network"
    )
