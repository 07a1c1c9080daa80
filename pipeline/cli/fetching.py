"""Fetching a model from the hub: with a progress bar, on from where it was cut off, and complete or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huggingface_hub import constants, hf_hub_url, snapshot_download
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from tqdm.std import tqdm

from pipeline.asr.engine.catalogue import Model
from pipeline.cli.choices import say
from pipeline.errors import ModelError

FILES = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"]


def fetch(origin: str, target: Path, model: Model | None) -> None:
    """Into `target`, under another name until all of it is there. Raises ModelError saying what to do.

    The hub client honours HF_ENDPOINT, a mirror's address.
    """
    say(f"{origin} is fetched from {constants.ENDPOINT} and from where that redirects large files to")
    part = target.with_name(f"{target.name}.part")
    part.mkdir(parents=True, exist_ok=True)
    try:
        _download(origin, part)
    except ModelError:
        raise
    except Exception as error:  # the hub client has an error tree of its own, and it changes between versions
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        mirror = os.environ.get("HF_ENDPOINT")
        raise ModelError(
            f"{origin} cannot be fetched{f' from {mirror}' if mirror else ''}: {reason}; the same command goes on "
            f"where it was cut off; where there is no network, copy a CTranslate2 folder with model.bin to {target}"
        ) from error
    if not (part / "model.bin").is_file():
        raise ModelError(f"{origin} has no model.bin: it is no CTranslate2 copy of a Whisper model")
    try:
        check_sum(part, model)
    except ModelError:
        shutil.rmtree(part)  # else the same wrong file would be found complete again
        raise
    shutil.rmtree(part / ".cache", ignore_errors=True)
    part.rename(target)


def check_sum(folder: Path, model: Model | None) -> None:
    """Raises ModelError when the weights are not those of the catalogue; where it knows no sum, nothing is checked."""
    if model is None or not model.sha256:
        return
    weights = folder / "model.bin"
    with weights.open("rb") as file:
        given = hashlib.file_digest(file, "sha256").hexdigest()
    if given != model.sha256:
        raise ModelError(f"{weights}: its sha256 is {given}, the catalogue says {model.sha256}: fetch it again")


def _download(origin: str, part: Path) -> None:
    """File by file, each on from what there is of it: the client's own snapshots begin again (huggingface_hub 2.4)."""
    planned: Any = snapshot_download(
        origin, local_dir=part, allow_patterns=FILES, tqdm_class=_Bar, dry_run=True, cache_dir=part / ".cache"
    )
    begun = {file.filename: part / f"{file.filename}.{file.commit_hash[:12]}.incomplete" for file in planned}
    missing = [file for file in planned if not (part / file.filename).is_file()]
    needed = sum(file.file_size - _size(begun[file.filename]) for file in missing)
    free = shutil.disk_usage(part).free
    if needed > free:
        raise ModelError(f"{origin} needs {needed / 1e6:.0f} MB more, {free / 1e6:.0f} MB are free in {part.parent}")
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
