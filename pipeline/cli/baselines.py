"""`callcoach baselines`: what is kept about the voice of each agent, shown and deleted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.flags import Config, Data
from pipeline.errors import StoreError
from pipeline.folders import data_folder

if TYPE_CHECKING:
    from pipeline.store.sql import SqlStore

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _what_is_kept() -> None:
    """What is usual for each agent's voice, learned from finished live calls.

    Kept per agent id, and nothing else: how much the pitch varies (semitones) with the voiced speech it rests on, how
    fast the agent speaks (characters a minute) with the speech it rests on, and from how many calls. Live hints compare
    an agent with these figures alone; nothing is ranked, no mood is inferred, no audio is kept.
    """


@app.command(name="list")
def list_baselines(data: Data = None, config: Config = None) -> None:
    """What is kept of each agent, by agent id."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    known = store.baselines() if (store := _open(config)) is not None else []
    if not known:
        print("nothing is known of any agent yet: finished calls of `callcoach live --agent-id ID` teach it")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("agent", "calls", "variation", "rests on", "pace", "rests on"):
        table.add_column(title)
    for one in known:
        pitch = "-" if one.sd_semitones is None else f"{one.sd_semitones:.1f} semitones"
        pace = "-" if one.speaking_rate is None else f"{one.speaking_rate:.0f} characters/min"
        cells = (one.agent_id, str(one.calls), pitch, _minutes(one.voiced_ms), pace, _minutes(one.speaking_ms))
        table.add_row(*map(escape, cells))
    Console().print(table, highlight=False)


@app.command()
def forget(
    agent: Annotated[
        str, typer.Argument(metavar="AGENT", help="The agent's id, as `callcoach baselines list` shows it.")
    ],
    data: Data = None,
    config: Config = None,
) -> None:
    """Delete what is known of an agent. The records of past calls stay; later calls teach anew."""
    from pipeline.cli.people import House
    from pipeline.people.audit import Deed
    from pipeline.store.opening import CALLS

    store = _open(config)
    if store is None or not store.forget_baseline(agent):
        where = store.database.name if store is not None else data_folder() / CALLS
        raise StoreError(f"nothing is known of agent {agent!r} in {where}")
    house = House.open(config)
    house.note(Deed.BASELINE_FORGOTTEN, agent)
    print(f"forgotten: agent {agent}")


def _open(config: Path | None) -> SqlStore | None:
    """None where no call was ever kept: looking must not make a file."""
    from pipeline.cli.choices import read_choices
    from pipeline.store.opening import open_database
    from pipeline.store.sql import SqlStore

    settings = read_choices(config).store
    return SqlStore(open_database(settings, data_folder())) if settings.is_kept(data_folder()) else None


def _minutes(ms: int) -> str:
    return f"{ms / 60_000:.0f} min" if ms >= 60_000 else f"{ms / 1000:.0f} s"
