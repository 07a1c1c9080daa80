"""Settings of a recogniser, and where its weights are. Imports no model library; the model is in whisper.py."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.asr.engine.catalogue import Model, Window, catalogue, known, this_device, threads_of
from pipeline.asr.engine.inspection import entry_of, fault_of
from pipeline.asr.session.guards import GuardSettings
from pipeline.errors import ModelError
from pipeline.folders import bundled, model_folders, models_folder
from pipeline.ports import SAMPLE_RATE_HZ

DEMO_MODEL = bundled("models", "demo")
WHOLE_WINDOW_MS = 30_000  # the window Whisper was trained on


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How one model is run. Least window and margin are properties of the weights (models/catalogue.yaml)."""

    tells_language: bool = True  # whether the model knows the language of what it hears
    threads: int = 1  # CPU threads of one worker
    window_floor_ms: int = 10_000  # least window: with shorter ones ordinary weights repeat themselves
    window_margin_ms: int = 2_500  # silence after the utterance
    window_step_ms: int = 500  # windows are multiples of it: CTranslate2 keeps memory for every length it has seen
    beam: int = 3  # hypotheses kept while a final is decoded; captions are decoded greedily
    hot_words: tuple[str, ...] = ()  # names and terms the model is told to expect
    guards: GuardSettings = field(default_factory=GuardSettings)

    def window_ms(self, samples: int) -> int:
        """The window for an utterance of this many samples at 16 kHz."""
        wanted = max(self.window_floor_ms, samples * 1000 // SAMPLE_RATE_HZ + self.window_margin_ms)
        return min(WHOLE_WINDOW_MS, -(-wanted // self.window_step_ms) * self.window_step_ms)


def model_of(name: str) -> Model | None:
    """What the catalogue says of a model on this machine: by its own weights, whatever their folder is called.

    By its name where the weights are not here, or where the catalogue has no checksum of them. None: it says nothing.
    """
    folder = find_model(name)
    return (entry_of(folder) if folder is not None else None) or known(name)


def takes_prompt(name: str) -> bool:
    """Whether hot words may be given to a model; weights the catalogue does not know get none."""
    model = model_of(name)
    return model is not None and model.takes_prompt


def settings_for(name: str) -> EngineSettings:
    """The settings of a model; one the catalogue does not know gets those of ordinary weights."""
    window = model.window if (model := model_of(name)) is not None else Window()
    threads = 1 if name == "demo" else threads_of(this_device().cores)
    tells = model is None or isinstance(model.languages, int)  # trained for one language it takes all for that
    return EngineSettings(
        tells_language=tells, threads=threads, window_floor_ms=window.floor_ms, window_margin_ms=window.margin_ms
    )


def find_model(name: str) -> Path | None:
    """The folder of a model: the name as a folder, in `CALLCOACH_MODELS` or the user's models; None if in none.

    One that has a model.bin; whether it is sound is not looked at.
    """
    if name == "demo":
        return DEMO_MODEL if (DEMO_MODEL / "model.bin").is_file() else None
    candidates = [Path(name), *(folder / name for folder in model_folders())]
    return next((c for c in candidates if (c / "model.bin").is_file()), None)


@dataclass(frozen=True, slots=True)
class Present:
    """A model of the catalogue that lies on this machine. `fault`: why it cannot be used; empty where it can."""

    model: Model
    folder: Path
    fault: str


def present() -> list[Present]:
    """The models of the catalogue on this machine, the best first."""
    found = []
    for model in catalogue():
        with suppress(ModelError):
            folder = _find(model.name)
            found.append(Present(model, folder, fault_of(folder, model)))
    return found


def locate(name: str) -> Path:
    """The folder of a model by name or path, on this machine or in the hub's cache. Nothing is downloaded.

    Raises ModelError that says how to get the weights, or what is wrong with those that are here.
    """
    folder = _find(name)
    if fault := fault_of(folder, known(name)):
        mend = f"; `callcoach models get {name}` fetches it" if (entry := known(name)) and entry.origin else ""
        where = "" if str(folder) == name else f"{folder}: "
        raise ModelError(f"--model {name}: {where}{fault}{mend}")
    return folder


def _find(name: str) -> Path:
    return find_model(name) or _absent(name)


def _absent(name: str) -> Path:
    """In the hub's cache. Raises ModelError that says how to get the weights."""
    if name == "demo":
        raise ModelError(f"the demo model is missing: {DEMO_MODEL / 'model.bin'}; install callcoach again")
    if (os.sep in name and not _is_hub_name(name)) or name.startswith("."):
        raise ModelError(f"--model {name}: no model.bin in that folder; wanted a CTranslate2 Whisper model")
    return _in_cache(name)


def _is_hub_name(name: str) -> bool:
    """Whether it has the form owner/model."""
    return name.count("/") == 1 and not name.startswith("/") and not name.endswith("/")


def _in_cache(name: str) -> Path:
    from faster_whisper.utils import download_model

    model = known(name)
    try:
        return Path(download_model(model.origin if model is not None and model.origin else name, local_files_only=True))
    except Exception:  # the errors of the hub client differ between its versions
        if model is None and "/" not in name:
            names = ", ".join(entry.name for entry in catalogue())
            raise ModelError(f"--model {name}: unknown; wanted a folder, none or one of {names}") from None
    raise ModelError(
        f"--model {name}: not on this machine; `callcoach models get {name}` fetches it, and nothing else does; where "
        f"there is no network, copy a CTranslate2 folder to {models_folder() / name}"
    )
