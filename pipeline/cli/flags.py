"""Flags that several commands have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.choices import say
from pipeline.errors import SettingsError
from pipeline.folders import data_folder, how_to_move, old_data_folder, own_data_folder
from pipeline.quiet import keep_caches_in


def _use_data(folder: Path | None) -> Path | None:
    """From here on this process, and what it starts, keeps everything there: the environment reaches both."""
    if folder is not None:
        if not folder.name:
            raise SettingsError("--data is empty; it must name a folder")
        os.environ["CALLCOACH_DATA"] = str(folder.absolute())
    keep_caches_in(data_folder())
    return folder


Port = Annotated[int | None, typer.Option(help="Port to serve on (default 8000).")]
Model = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|DIR|demo|none",
        help="Speech model: a name, a folder, demo, none, or auto (the best one found on this machine).",
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(help="Settings file instead of callcoach.toml here or in your settings folder."),
]
Data = Annotated[
    Path | None,
    typer.Option(metavar="DIR", callback=_use_data, help="Where calls are kept ($CALLCOACH_DATA)."),
]


def say_where_old_calls_lie() -> None:
    """One line where calls still lie in the checkout, with the command that moves them."""
    old = old_data_folder()
    if os.environ.get("CALLCOACH_DATA") or old is None:
        return
    own = own_data_folder()
    if command := how_to_move(old, own):
        say(f"calls are kept in {old}, as earlier versions did; to move them to their own folder: {command}")
    else:
        say(f"calls are kept in {old}, as earlier versions did; others lie in {own}: --data DIR chooses")
