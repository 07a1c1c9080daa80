"""`callcoach calls export | import`: kept calls written into a file that people can read, and taken in from one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.flags import Config, Data

if TYPE_CHECKING:
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
        if unmasked or not house.masks(store, call_id):
            return call
        veiled.add(call_id)
        without = masked(call)
        if call.recording is not None and without.recording is None:
            say(f"{call_id}: without its recording, as nobody knows all that is said in it (--unmasked takes it along)")
        return without

    with closing(SqlStore(house.database)) as store:
        chosen = _chosen(calls, store)
        export((seen(store, call_id) for call_id in chosen), to, note)
    how = "as they are" if not veiled else "what identifies people masked and muted"
    print(f"{to}: {len(chosen)} calls, {how}: whoever has it can read and hear them")


@app.command(name="import")
def take_in(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="What `callcoach calls export` has written.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Take in the calls of a zip, with their ids; a zip with anything damaged, newer or of another call is refused."""
    from pipeline.cli.people import House
    from pipeline.folders import data_folder
    from pipeline.people.permissions import Action
    from pipeline.store.sql import SqlStore
    from pipeline.transfer.importing import Here, import_calls

    house = House.open(config)

    def note(call_id: str) -> None:
        house.note(Action.CALL_IMPORT, call_id)

    with closing(SqlStore(house.database)) as store:
        found = import_calls(file, Here(store, data_folder(), house.changing, note))
    print(
        f"{len(found.new)} calls are new, {len(found.known)} were here already, the same: nothing was done with these"
    )
    if found.without_recording:
        print(f"of these {len(found.without_recording)} have no recording here any more, and get none by this")


def _chosen(names: list[str], store: SqlStore) -> list[str]:
    """Ids of calls, each once, as they were begun. Raises StoreError for a name that is none, or of several."""
    from pipeline.errors import StoreError

    known = store.calls()[::-1]
    all_ids, found = set(known), set[str]()
    for name in names:
        fitting = [name] if name in all_ids else [call_id for call_id in known if name and call_id.startswith(name)]
        if len(fitting) != 1:
            why = f"{len(fitting)} calls begin so: {fitting[0]}, {fitting[1]}" if fitting else "there is no such call"
            raise StoreError(f"{name}: {why}")
        found.add(fitting[0])
    return [call_id for call_id in known if call_id in found]
