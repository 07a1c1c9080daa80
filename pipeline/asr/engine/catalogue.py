"""The catalogue of speech models (models/catalogue.yaml), their cost, and the choice of one for this machine.

Calls per core are derived, not measured: both sides of a call together speak 84 % of the time, in utterances of 5 s and
25 tokens; an utterance costs the encoding of its window and its tokens; half of the core is reserved. This is
arithmetic, not a load test: plan with half of it. Calls per GPU are derived likewise from a published speed.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pipeline.errors import ModelError
from pipeline.events.call import WordsTrust
from pipeline.folders import bundled
from pipeline.quantities import Name, within

FILE = bundled("models", "catalogue.yaml")
_SPOKEN_SHARE, _UTTERANCE_S, _TOKENS, _RESERVE = 0.84, 5.0, 25, 0.5
_SPARE_MB = 1_000  # memory left for everything else
_LATEST_S = 1.5  # words that come later than this are of little use to a call
_Positive = Annotated[float, within(0.001, 1_000_000)]
_Megabytes = Annotated[int, within(1, 1_000_000)]


@dataclass(frozen=True, slots=True)
class Window:
    """The encoder window the weights need: at least `floor_ms`, and `margin_ms` more than the utterance."""

    floor_ms: Annotated[int, within(0, 30_000)] = 10_000
    margin_ms: Annotated[int, within(0, 30_000)] = 2_500


@dataclass(frozen=True, slots=True)
class Cost:
    """Time on one core with int8, milliseconds: encoding a window of 5 or 10 s, and decoding a token."""

    encode_5s_ms: _Positive
    encode_10s_ms: _Positive
    token_ms: _Positive


@dataclass(frozen=True, slots=True)
class GpuSpeed:
    """Published speed on one H100, in seconds of audio per second."""

    times_real_time: _Positive
    source: str


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the catalogue. None or empty fields are unknown."""

    name: Name
    licence: str
    languages: str | int
    window: Window = Window()
    origin: str = ""
    packages: tuple[str, ...] = ()  # of the Python registry, as in a lock file; they hold all files of the model
    size_mb: _Megabytes | None = None
    weights_bytes: Annotated[int, within(1, 1_000_000_000_000)] | None = None  # model.bin, and its sha256
    sha256: str = ""
    ram_mb: _Megabytes | None = None
    cost: Cost | None = None
    gpu: GpuSpeed | None = None
    takes_prompt: bool = True  # false: hot words degrade its text, so it gets none
    trust: WordsTrust | None = None
    convert: str = ""  # a command; {models} is the folder of models
    note: str = ""

    @property
    def utterance_s(self) -> float | None:
        """Seconds of one core for an utterance of 5 s. Derived."""
        if self.cost is None:
            return None
        encode_ms = self.cost.encode_10s_ms if self.window.floor_ms else self.cost.encode_5s_ms
        return (encode_ms + _TOKENS * self.cost.token_ms) / 1000

    @property
    def calls_a_core(self) -> float | None:
        """Two-channel calls one core should carry. Derived."""
        if self.utterance_s is None:
            return None
        return _RESERVE / (_SPOKEN_SHARE / _UTTERANCE_S * self.utterance_s)

    @property
    def calls_a_gpu(self) -> float | None:
        """Two-channel calls one H100 should carry. Derived."""
        return _RESERVE * self.gpu.times_real_time / _SPOKEN_SHARE if self.gpu else None


@dataclass(frozen=True, slots=True)
class Device:
    """The hardware of a machine. `free_mb`: free memory, None when unknown."""

    cores: int
    gpus: int
    free_mb: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """The result of `--model auto`: name of a model, or `none`, and the reason as a sentence."""

    name: str
    why: str


@cache
def catalogue(path: Path = FILE) -> tuple[Model, ...]:
    """All models, the best first. Raises ModelError naming the file and the field."""
    from pydantic import TypeAdapter, ValidationError

    from pipeline.documents import read_yaml, shown

    document = read_yaml(path, ModelError)
    try:
        models = tuple(TypeAdapter(list[Model]).validate_python(document.value))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        line, field = document.line(fault["loc"]), ".".join(map(str, fault["loc"])) or "the whole"
        raise ModelError(f"{path}:{line}: {field} is {shown(fault['input'])}; wanted: {fault['msg']}") from None
    fields = {field.name for field in dataclasses.fields(Model)}
    if unknown := sorted({key for entry in document.value for key in entry} - fields):
        raise ModelError(f"{path}: unknown {shown(', '.join(unknown))}; an entry has {', '.join(sorted(fields))}")
    return models


def known(name: str) -> Model | None:
    return next((model for model in catalogue() if model.name == name), None)


def this_device() -> Device:
    import ctranslate2

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Device(cores, ctranslate2.get_cuda_device_count(), _free_mb())


def threads_of(cores: int) -> int:
    """Threads of one worker: half of the cores, at most 4; the others are for the processing of audio."""
    return max(1, min(4, cores // 2))


def _free_mb() -> int | None:
    try:
        lines: list[str] = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    fields: dict[str, Any] = dict(line.split(":", 1) for line in lines)
    return int(fields["MemAvailable"].split()[0]) // 1024 if "MemAvailable" in fields else None


def choose(here: Sequence[Model], device: Device) -> Choice:
    """The best of the models `here` that the machine can run; never the demo model."""
    candidates = [model for model in here if model.name != "demo"]
    if not candidates:
        return Choice(
            "none", "no speech model is on this machine: no words (`callcoach models get base`, or --model demo)"
        )
    passed: list[str] = []
    for model in candidates:
        if reason := _too_much(model, device):
            passed.append(f"{model.name} {reason}")
            continue
        why = f"{model.name}: the best model here for {_said(device)}"
        return Choice(model.name, f"{why}, {_room(model, device)}" + (f" ({'; '.join(passed)})" if passed else ""))
    smallest = candidates[-1]
    return Choice(
        smallest.name,
        f"{smallest.name}: too much for {_said(device)}, but the least of what is here ({'; '.join(passed)})",
    )


def _too_much(model: Model, device: Device) -> str:
    if device.free_mb is not None and model.ram_mb is not None and model.ram_mb + _SPARE_MB > device.free_mb:
        return f"needs {model.ram_mb} MB and {_SPARE_MB} MB to spare, {device.free_mb} MB are free"
    if device.gpus:
        return ""
    if model.utterance_s is None:
        return "is for a GPU, and there is none"
    late_s = model.utterance_s / threads_of(device.cores)
    return f"would be {late_s:.1f} s late with its words" if late_s > _LATEST_S else ""


def _room(model: Model, device: Device) -> str:
    calls = model.calls_a_gpu if device.gpus else model.calls_a_core and model.calls_a_core * device.cores
    return f"about {calls:.0f} calls at once by our figures" if calls else "calls at once not known"


def _said(device: Device) -> str:
    if device.gpus:
        return "a GPU" if device.gpus == 1 else f"{device.gpus} GPUs"
    return f"{device.cores} core{'s' if device.cores > 1 else ''} without a GPU"
