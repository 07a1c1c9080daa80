"""`callcoach store`: the database made ready, moved, checked; backed up while calls run, and restored with a proof."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.flags import Config, Data

if TYPE_CHECKING:
    from pipeline.store.database import Database

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_NICE = 15
_WHERE = "A database file, or postgresql://USER@HOST:PORT/DATABASE."


@app.command()
def prepare(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="postgresql://OWNER@HOST:PORT/DATABASE")],
    program: Annotated[str, typer.Option(metavar="ROLE", help="The role that callcoach itself uses.")],
) -> None:
    """Make the tables of a PostgreSQL database, or bring them up to date, as the role that is to own them."""
    from pipeline.store.postgres import Postgres, address_of, prepare_database

    url = address_of(address)
    prepare_database(url, program)
    print(f"{Postgres.shown(url)} is ready for {program}")


@app.command()
def move(
    source: Annotated[str, typer.Argument(metavar="FROM", help=_WHERE)],
    target: Annotated[str, typer.Argument(metavar="TO", help=f"{_WHERE} It must hold no calls and no people.")],
) -> None:
    """Copy one database into another, of either kind, and prove both equal. FROM stays, brought up to date."""
    from pipeline.cli.progress import counted
    from pipeline.errors import SettingsError
    from pipeline.store import moving

    if "://" not in source and not Path(source).is_file():
        raise SettingsError(f"there is no {source}")
    if source == target or ("://" not in source + target and Path(target).exists() and Path(target).samefile(source)):
        raise SettingsError(f"FROM and TO are the same: {source}")
    with closing(_opened(source)) as here, closing(_opened(target)) as there, counted("moving") as told:
        with moving.unserved(here), moving.unserved(there):
            moved = moving.move(here, there, told)
        rows = moved.rows
        print(f"{there.name} holds what {here.name} holds: {sum(rows.values())} rows, each the same on both sides")
        print(
            f"{rows['calls']} calls, {rows['records']} records, {rows['users']} people, {rows['audit']} rows of audit"
        )
    print("recordings and audit-key are no part of a database: they stay in the data folder")


@app.command()
def check(data: Data = None, config: Config = None) -> None:
    """Read all of the database: whether it is whole, and every call's records from the first to the last."""
    from pipeline.store.checking import check
    from pipeline.store.moving import counts

    with _kept(config) as database:
        check(database)
        rows = counts(database)
        print(
            f"{database.name} is whole: {rows['calls']} calls, {rows['records']} records, {rows['audit']} rows of audit"
        )


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="TO", help="A new folder, best on another disk.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Copy database, finished recordings and the audit's key into a folder, also while calls run."""
    from pipeline.cli.choices import read_choices, say
    from pipeline.cli.people import HERE
    from pipeline.cli.progress import counted
    from pipeline.folders import data_folder
    from pipeline.people.audit import Deed
    from pipeline.store.audit import open_audit
    from pipeline.transfer.backup import RECORDINGS, Manifest, back_up

    with suppress(AttributeError, OSError):  # calls come first; Windows has no os.nice
        os.nice(_NICE)
    with _kept(config) as database, counted("backing up") as told:

        def note(manifest: Manifest) -> None:  # opened now: before, a wrong data folder would be given a key
            audit = open_audit(database, data_folder(), read_choices(config).audit, say)
            audit.note(None, Deed.STORE_BACKED_UP, None, HERE, details={"calls": manifest.tables["calls"][0]})
            audit.keep_head()

        made = back_up(database, data_folder(), target, told, note)
    count = sum(name.startswith(f"{RECORDINGS}/") for name in made.files)
    print(f"{target}: {made.tables['calls'][0]} calls, {made.tables['records'][0]} records, {count} recordings")
    if made.running:
        print(f"{made.running} calls were running: of them there is what had been kept, without their recordings")
    print("whoever has it can read all calls, and what is deleted from now on stays in it")


@app.command()
def restore(
    backup: Annotated[Path, typer.Argument(metavar="BACKUP", help="A folder that `callcoach store backup` made.")],
    to: Annotated[
        str,
        typer.Option("--to", metavar="DIR|ADDRESS", help="A new data folder; or a PostgreSQL database, beside --data."),
    ],
    data: Data = None,
) -> None:
    """Make a data folder of a backup, and prove that it is what was backed up."""
    from pipeline.cli.progress import counted
    from pipeline.folders import data_folder
    from pipeline.store.moving import unserved
    from pipeline.transfer.restoring import restore

    database = _opened(to) if "://" in to else None
    folder = data_folder() if database is not None else Path(to)
    with ExitStack() as stack:
        if database is not None:
            stack.enter_context(closing(database))
            stack.enter_context(unserved(database))
        proved = restore(backup, folder, database, stack.enter_context(counted("restoring")))
    made = proved.manifest
    where = f"{database.name} and {folder}" if database is not None else str(folder)
    print(f"{where} hold what was backed up on {made.made_at}")
    print(f"{len(made.files)} files have their SHA-256, the database is whole, and each table has its digest:")
    print(f"{made.tables['calls'][0]} calls with {made.tables['records'][0]} records, each the same")
    print(f"the audit is whole: {proved.audit_rows} rows; its second place ([audit] head_file) is no part of a backup")
    print("where that knows later rows than these, `audit verify` says so until a new file is named there")


def _opened(where: str) -> Database:
    from pipeline.folders import data_folder
    from pipeline.store.opening import StoreSettings, open_database
    from pipeline.store.sqlite_file import SqliteFile, look_at

    if "://" in where:
        return open_database(StoreSettings(where), data_folder())
    look_at(Path(where))
    return SqliteFile(Path(where))


@contextmanager
def _kept(config: Path | None) -> Iterator[Database]:
    """The database in use. Raises SettingsError where there is none: nothing is made here."""
    from pipeline.cli.choices import read_choices
    from pipeline.errors import SettingsError
    from pipeline.folders import data_folder
    from pipeline.store.opening import CALLS, open_database

    folder, settings = data_folder(), read_choices(config).store
    if not settings.is_kept(folder):
        raise SettingsError(f"{folder} holds no {CALLS}; give --data DIR")
    with closing(open_database(settings, folder)) as database:
        yield database
