"""`callcoach models`: which speech models there are, which are here, and whether one works."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli.choices import LIKED
from pipeline.config import bundled
from pipeline.errors import ModelError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME|DIR")]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One model of models/catalogue.yaml. `origin` is its repository on the Hugging Face hub."""

    name: str
    origin: str = ""
    licence: str = ""
    size_mb: int | None = None
    sha256: str = ""  # of model.bin
    note: str = ""


def catalogue() -> list[CatalogueEntry]:
    """The entries of models/catalogue.yaml; without that file, the names faster-whisper knows by itself."""
    path = bundled("models", "catalogue.yaml")
    if not path.is_file():
        return [CatalogueEntry(name) for name in LIKED]
    import yaml
    from pydantic import TypeAdapter, ValidationError

    try:
        given: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TypeAdapter(list[CatalogueEntry]).validate_python(
            given.get("models") if isinstance(given, dict) else given
        )
    except (yaml.YAMLError, ValidationError) as error:
        raise ModelError(f"{path}: {' '.join(str(error).split())}") from error


@app.command(name="list")
def list_models() -> None:
    """The catalogue, and what of it lies on this machine."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from pipeline.asr.engine import find_model

    table = Table(box=None, pad_edge=False)
    for title in ("name", "MB", "licence", "here", "note"):
        table.add_column(title, justify="right" if title == "MB" else "left")
    entries = catalogue()
    if not any(entry.name == "demo" for entry in entries):
        entries.append(CatalogueEntry("demo", note="knows only the voices of the demo call"))
    for entry in entries:
        here = find_model(entry.name)
        size = "" if entry.size_mb is None else str(entry.size_mb)
        table.add_row(*map(escape, (entry.name, size, entry.licence, str(here) if here else "–", entry.note)))
    Console().print(table, highlight=False)


@app.command()
def get(name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Fetch a model into $CALLCOACH_MODELS or models/, from where any callcoach finds it. Needs a network."""
    from faster_whisper.utils import _MODELS
    from huggingface_hub import snapshot_download

    known = {entry.name: entry for entry in catalogue()}
    entry = known.get(name, CatalogueEntry(name))
    origin = entry.origin or _MODELS.get(name) or (name if "/" in name else None)
    if origin is None:
        raise ModelError(f"model {name}: unknown; known: {', '.join(known)}")
    target = Path(os.environ.get("CALLCOACH_MODELS") or bundled("models")) / name
    wanted = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"]
    try:
        snapshot_download(origin, local_dir=target, allow_patterns=wanted)
    except Exception as error:  # the hub client has an error tree of its own, and it changes between versions
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"model {name} cannot be fetched from {origin}: {reason}; where there is no network, copy a CTranslate2 "
            f"folder with model.bin to {target}"
        ) from error
    _check_sum(target, entry.sha256)
    print(f"{name} is in {target}")


@app.command()
def check(name: Name = "demo") -> None:
    """Load a model of this machine and let it hear a second of silence."""
    import numpy as np

    from pipeline.asr.engine import find_model
    from pipeline.asr.transcribers import load_transcriber
    from pipeline.events import Channel
    from pipeline.ports import SAMPLE_RATE_HZ, Utterance

    transcriber = load_transcriber(name, fetch=False)
    folder = find_model(name)
    entry = next((entry for entry in catalogue() if entry.name == name), None)
    if folder is not None and entry is not None:
        _check_sum(folder, entry.sha256)
    silence = Utterance(np.zeros(SAMPLE_RATE_HZ, np.int16), "", Channel.AGENT)
    heard = "".join(word.text for word in transcriber.ask(silence).result().words)
    print(f"{name}: works ({folder or 'in the local cache'})" + (f"; it hears {heard!r} in silence" if heard else ""))


def _check_sum(folder: Path, wanted: str) -> None:
    if not wanted:
        return
    with (folder / "model.bin").open("rb") as weights:
        given = hashlib.file_digest(weights, "sha256").hexdigest()
    if given != wanted:
        raise ModelError(f"{folder / 'model.bin'}: its sha256 is {given}, the catalogue says {wanted}: fetch it again")
