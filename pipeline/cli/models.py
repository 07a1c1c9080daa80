"""`callcoach models`: which there are, which are here, which this machine carries, and whether one works."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import ModelError
from pipeline.folders import models_folder

if TYPE_CHECKING:
    from pipeline.asr.engine.catalogue import Model
    from pipeline.asr.engine.whisper import WhisperEngine
    from pipeline.ports import Pcm

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME|DIR")]


@app.command(name="list")
def list_models(as_json: Annotated[bool, typer.Option("--json", help="one JSON array")] = False) -> None:
    """The catalogue, and what of it lies on this machine. Calls are derived (see models/README.md)."""
    from rich.console import Console
    from rich.table import Table

    from pipeline.asr.engine.catalogue import catalogue
    from pipeline.asr.engine.weights import find_model
    from pipeline.cli.choices import choose_model

    found = {model.name: find_model(model.name) for model in catalogue()}
    if as_json:
        print(json.dumps([_facts(model, found[model.name]) for model in catalogue()], ensure_ascii=False, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for title in ("name", "MB", "RAM", "window", "calls/core*", "calls/GPU*", "licence", "here"):
        table.add_column(title, justify="left" if title in ("name", "licence", "here") else "right")
    for model in catalogue():
        window = f"≥ {model.window.floor_ms // 1000} s" if model.window.floor_ms else "any"
        row = (model.size_mb, model.ram_mb, window, _number(model.calls_a_core), _number(model.calls_a_gpu))
        here = "yes" if found[model.name] else "–"
        table.add_row(model.name, *("–" if cell is None else str(cell) for cell in row), model.licence, here)
    console = Console()
    console.print(table, highlight=False)
    console.print("* derived from costs, not load-tested: models/README.md says how", highlight=False)
    console.print(f"auto: {choose_model().why}", highlight=False, markup=False)


@app.command()
def get(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    to: Annotated[Path | None, typer.Option(metavar="DIR", help="default: $CALLCOACH_MODELS, or your cache")] = None,
) -> None:
    """Fetch a model to where any callcoach finds it. Goes on where it was cut off; HF_ENDPOINT names a mirror.

    The only command that speaks to the network: to the hub, and where that redirects large files to.
    """
    from pipeline.asr.engine.catalogue import catalogue, known
    from pipeline.quiet import let_the_hub_speak

    let_the_hub_speak()
    from pipeline.cli.fetching import check_sum, fetch

    model = known(name)
    if model is None and "/" not in name:
        raise ModelError(f"model {name}: unknown; known: {', '.join(m.name for m in catalogue() if m.origin)}")
    if model is not None and model.convert:
        command = model.convert.format(models=models_folder())
        raise ModelError(f"model {name}: there is no CTranslate2 copy to fetch; make one: {command}")
    if model is not None and not model.origin:
        raise ModelError(f"model {name}: it comes with callcoach and is not fetched")
    folder = to or models_folder()
    target = folder / name.replace("/", "--")
    if (target / "model.bin").is_file():
        check_sum(target, model)
        print(f"{name} is in {target} already")
        return
    fetch(model.origin if model is not None else name, target, model)
    print(f"{name} is in {target}")


@app.command()
def check(
    name: Name = "demo",
    everything: Annotated[bool, typer.Option("--all", help="every model of the catalogue that is here")] = False,
) -> None:
    """Load a model of this machine, let it hear silence, and time an utterance of 5 s, sized and padded to 30 s."""
    from pipeline.asr.engine.catalogue import catalogue
    from pipeline.asr.engine.weights import find_model

    names = [m.name for m in catalogue() if find_model(m.name)] if everything else [name]
    for one in names:
        print(_checked(one))


def _checked(name: str) -> str:
    import numpy as np

    from pipeline.asr.engine.catalogue import known
    from pipeline.asr.engine.weights import WHOLE_WINDOW_MS, locate, settings_for
    from pipeline.asr.engine.whisper import load_engine
    from pipeline.cli.fetching import check_sum
    from pipeline.ports import SAMPLE_RATE_HZ

    folder = locate(name)
    check_sum(folder, known(name))
    began = time.perf_counter()
    engine = load_engine(folder, settings_for(name))
    loaded = time.perf_counter()
    heard = "".join(word.text for word in engine.recognise([np.zeros(SAMPLE_RATE_HZ, np.int16)])[0].words)
    noise = (np.random.default_rng(0).standard_normal(5 * SAMPLE_RATE_HZ) * 300).astype(np.int16)
    whole = np.resize(noise, WHOLE_WINDOW_MS * SAMPLE_RATE_HZ // 1000)
    took = [_encoding_s(engine, samples) for samples in (noise, whole)]
    ct2 = engine.model.model
    said = f"; it hears {heard!r} in silence" if heard else ""
    return (
        f"{name}: works{said}. {folder}; {ct2.device}, {ct2.compute_type}, {engine.settings.threads} thread(s); "
        f"loaded in {loaded - began:.1f} s; a 5 s utterance has a window of "
        f"{engine.settings.window_ms(len(noise)) / 1000:g} s, encoded in {took[0] * 1000:.0f} ms "
        f"(30 s: {took[1] * 1000:.0f} ms)"
    )


def _encoding_s(engine: WhisperEngine, pcm: Pcm) -> float:
    """The best of three: the first of a length also reserves its memory."""
    took = []
    for _ in range(3):
        before = time.perf_counter()
        engine.model.encode(engine.features([pcm]))
        took.append(time.perf_counter() - before)
    return min(took)


def _facts(model: Model, here: Path | None) -> dict[str, Any]:
    derived = {"calls_a_core": model.calls_a_core, "calls_a_gpu": model.calls_a_gpu}
    return {**asdict(model), "derived": derived, "here": str(here) if here else None}


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}" if value < 10 else f"{value:.0f}"
