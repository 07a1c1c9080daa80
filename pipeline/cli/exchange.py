"""`callcoach calls export | import`: kept calls written into a file that people can read, and taken in from one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.flags import Config, Data

if TYPE_CHECKING:
    from pipeline.cli.people import House
    from pipeline.store.sql import SqlStore

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command(name="export")
def export_calls(
    calls: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of calls, or what they begin with.")],
    to: Annotated[Path, typer.Option("--to", metavar="FILE.zip", help="A new file; only you can read it.")],
    unmasked: Annotated[
        bool, typer.Option("--unmasked", help="As they are, with what identifies people: for another callcoach.")
    ] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Write calls with records, words, score and recording into a zip with the SHA-256 of each file.

    What identifies people is masked and muted in them, unless their team has that off.
    """
    from pipeline.cli.call_ids import chosen
    from pipeline.cli.choices import say
    from pipeline.cli.people import House
    from pipeline.folders import data_folder
    from pipeline.people.audit import Deed
    from pipeline.store.sql import SqlStore
    from pipeline.transfer.call_zip import Manifest
    from pipeline.transfer.exporting import LeavingCall, export, leaving, masked

    house = House.open(config)

    def note(manifest: Manifest) -> None:
        with house.changing():
            for entry in manifest.calls:
                house.note(Deed.CALL_EXPORTED, entry.call_id, masked=entry.call_id in veiled)

    veiled: set[str] = set()

    def seen(store: SqlStore, call_id: str) -> LeavingCall:
        call = leaving(store, data_folder() / "recordings", call_id)
        could_have = call.recording is not None
        if not unmasked and house.masks(store, call_id):
            veiled.add(call_id)
            call = masked(call)
        if call.recording is None:
            hint = " (--unmasked takes it along)" if could_have else ""
            say(f"{call_id}: without a recording: {call.no_recording}{hint}")
        return call

    with closing(SqlStore(house.database)) as store:
        call_ids = chosen(calls, store)
        export((seen(store, call_id) for call_id in call_ids), to, note)
    how = "as they are" if not veiled else "what identifies people masked and muted"
    print(f"{to}: {len(call_ids)} calls, {how}: whoever has it can read and hear them")


@app.command(name="import")
def take_in(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="What `callcoach calls export` has written.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Take in the calls of a zip, with their ids; a zip with anything damaged, newer or of another call is refused."""
    from pipeline.cli.people import House
    from pipeline.documents import shown
    from pipeline.folders import data_folder
    from pipeline.people.permissions import Action
    from pipeline.printable import printable
    from pipeline.store.sql import SqlStore
    from pipeline.transfer.importing import Here, import_calls

    house = House.open(config)

    def note(call_id: str) -> None:
        house.note(Action.CALL_IMPORT, call_id)

    with closing(SqlStore(house.database)) as store:
        found = import_calls(file, Here(store, data_folder(), house.changing, note))
        strange = _of_no_team_here(house, store, found.new)
    known = f", {len(found.known)} were here already, the same, and stay as they are" if found.known else ""
    print(f"{len(found.new)} calls are new{known}")
    for team, count in strange.items():
        print(f"{count} of the new ones are of a team that is not here: {shown(team)}")
        print(f"  `callcoach teams add NAME --id {quote(printable(team))}` makes it")
    if without := found.without_recording:
        print(f"of those that were here {len(without)} have a recording in the zip, but none here, and get none:")
        print("  it may have been deleted here on purpose. It can be heard as it lies in the zip")
        for call_id in without:
            print(f"  {call_id}")


def _of_no_team_here(house: House, store: SqlStore, call_ids: list[str]) -> Mapping[str, int]:
    """How many calls of each team that this callcoach does not know."""
    known = {team.id for team in house.directory.teams()}
    teams = (whose.team for call_id in call_ids if (whose := store.whose(call_id)) is not None)
    return Counter(team for team in teams if team is not None and team not in known)
