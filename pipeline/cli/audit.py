"""`callcoach audit`: its rows, and whether they are all as they were written."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.flags import Config, Data

if TYPE_CHECKING:
    from pipeline.people.audit_chain import Fault

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command(name="list")
def list_rows(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with the chain.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    data: Data = None,
    config: Config = None,
) -> None:
    """The newest rows, the newest first. They hold ids: names are looked up here, and gone with the person."""
    from pipeline.cli.people import House, moment
    from pipeline.printable import printable

    house = House.open(config)
    names = {user.id: user.login for user in house.directory.users()}
    names |= {token.person.id: f"token {token.name}" for token in house.tokens.tokens()}
    for row in house.audit.rows(limit=limit):
        if as_json:
            print(json.dumps(asdict(row), ensure_ascii=False))
            continue
        who, target = (names.get(id or "", id or "-") for id in (row.actor, row.object))
        what = row.action if row.outcome == "done" else f"{row.action} refused"
        cells = (str(row.number), moment(row.at), who, what, target, row.address, row.details)
        print(printable("  ".join(cells)))


@app.command()
def verify(
    heads: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The heads of the second place (default: [audit] head_file).")
    ] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Read the whole chain; name the first row that was changed, removed, cut off or written anew (exit code 1)."""
    from pipeline.cli.choices import read_choices, say
    from pipeline.cli.people import moment
    from pipeline.errors import SettingsError
    from pipeline.folders import data_folder
    from pipeline.people.audit_heads import KEY_FILE
    from pipeline.store.audit import open_audit
    from pipeline.store.opening import CALLS, open_database

    choices, folder = read_choices(config, {"audit.head_file": heads}), data_folder()
    for needed in (*(() if choices.store.address else (folder / CALLS,)), folder / KEY_FILE):
        if not needed.is_file():  # verification makes nothing: a key made now would fit no row
            raise SettingsError(f"there is no {needed}: without it nothing can be verified")
    with closing(open_database(choices.store, folder)) as database:
        verdict = open_audit(database, folder, choices.audit, say).verify()
    if verdict.unreadable:
        say(f"{verdict.unreadable} lines of the second place are no heads: broken off by a power cut, or changed")
    if verdict.fault is not None:
        say(_told(verdict.fault, moment(verdict.fault.head.at) if verdict.fault.head is not None else ""))
        raise typer.Exit(1)
    first = f", the first of {moment(verdict.heads[0].at)} (row {verdict.heads[0].number})" if verdict.heads else ""
    print(f"whole: {verdict.rows} rows, {len(verdict.heads)} heads in the second place{first}")
    if verdict.is_moved:
        print(
            "these are heads of the database that it came from (`store move`, `restore`); the next start keeps its own"
        )


def _told(fault: Fault, when: str) -> str:
    number = fault.number
    match fault.kind:
        case "changed":
            return f"row {number} was changed, or was written with another key"
        case "missing":
            return f"row {number} is missing"
        case "cut":
            last = fault.head.number if fault.head is not None else number
            more = f"the row {number}" if last == number else f"the rows {number} to {last} ({last - number + 1})"
            return (
                f"row {number} and all behind it are missing here: the second place knows {more}, the last of {when}. "
                "Either they were taken away, or this is a copy of before, as a restored backup is. To go on with a "
                "copy, keep that file of heads, and name a new one as head_file in [audit] (docs/backup.md)"
            )
        case "rewritten":
            return f"row {number} is another one than on {when}: the chain was written anew, there or before"
        case "begun_anew":
            last = fault.head.number if fault.head is not None else number
            return (
                f"the chain was begun anew, with another key: on {when} another one of {last} rows was in its place. "
                "Where that was meant, keep that file of heads, and name another one as head_file in [audit]"
            )
        case "no_heads":
            return (
                f"{number} rows fit, but the second place has no head of them, as before the first start with that "
                "file; behind one, its heads were taken away. Whether rows were cut off at the end none can tell"
            )
