"""`callcoach calls`: kept calls held, released and deleted, and the sweep of what was kept long enough."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.flags import Config, Data

if TYPE_CHECKING:
    from pipeline.cli.people import House
    from pipeline.events.actor import Actor
    from pipeline.session.recordings import FolderRecordings
    from pipeline.session.sweep import Step, Sweep, Swept

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Call = Annotated[
    str, typer.Argument(metavar="ID", help="As `callcoach calls list` shows it, or what no other id begins with.")
]


@app.command(name="list")
def list_calls(
    team: Annotated[str | None, typer.Option(help="Id or name.")] = None,
    agent: Annotated[str | None, typer.Option(metavar="ID", help="Agent id.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 50,
    data: Data = None,
    config: Config = None,
) -> None:
    """Kept calls, the newest first: id, begin, agent, team, length and score."""
    from pipeline.cli.people import moment
    from pipeline.printable import printable
    from pipeline.quantities import checked, within
    from pipeline.store.overview import Wanted
    from pipeline.store.sql import SqlStore

    house = _house(config)
    teams = (house.team(team).id,) if team is not None else ()
    wanted = Wanted(teams=teams, agents=(agent,) if agent is not None else ())
    for row in SqlStore(house.database).find(wanted, limit=checked("--limit", limit, within(1, 100_000))):
        length = f"{row.duration_ms / 60_000:.1f} min" if row.duration_ms is not None else "runs"
        score = f"{row.score:.1f}" if row.score is not None else "-"
        cells = (row.call_id, moment(row.started_at), row.agent_id or "-", row.team or "-", length, score)
        print(printable("  ".join(cells)))


@app.command()
def hold(
    call: Call,
    reason: Annotated[str, typer.Option(help="Why, in one line; it is shown to whoever wants to delete it.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Keep a call: nothing of it is deleted, whatever its age and by whomever, until it is released.

    Held again, the newer reason counts.
    """
    from pipeline.people.permissions import Action
    from pipeline.store.deletion import Deletion, checked_reason

    house, why = _house(config), checked_reason(reason)
    call_id = _named(house, call)
    with house.changing():
        is_new = Deletion(house.database).hold(call_id, why, None)
        if is_new:
            house.note(Action.CALL_HOLD, call_id)
    print(f"{'held' if is_new else 'held already, for this reason'}: {call_id}")


@app.command()
def release(call: Call, data: Data = None, config: Config = None) -> None:
    """Let a call that was held be deleted again when it has been kept long enough."""
    from pipeline.errors import StoreError
    from pipeline.people.audit import Deed
    from pipeline.store.deletion import Deletion

    house = _house(config)
    call_id = _named(house, call)
    with house.changing():
        if not Deletion(house.database).release(call_id):
            raise StoreError(f"call {call_id} is not held")
        house.note(Deed.CALL_RELEASED, call_id)
    print(f"released: {call_id}")


@app.command()
def delete(call: Call, data: Data = None, config: Config = None) -> None:
    """Delete a call with all that is kept of it: recording, records, words. One row of the audit stays."""
    from pipeline.cli.people import HERE
    from pipeline.store.sql import SqlStore

    house = _house(config)
    call_id, recordings = _named(house, call), _recordings(house)
    last, size = SqlStore(house.database).last(call_id), recordings.size(call_id)
    is_clean = _sweep(house).delete(call_id, None, HERE)
    house.audit.keep_head()
    sound = f"its recording with what is drawn of it ({size / 1e6:.1f} MB)" if size else "no recording was here"
    print(f"deleted: {call_id}")
    print(f"  gone: {last.seq if last is not None else 0} records, lists and search; {sound}")
    print("  stays: one row of the audit, its id (so that nobody begins it again), backups, and what was exported")
    if house.database.is_shared and not size:
        print("  a recording at another server goes when that one sweeps")
    _tell_traces(is_clean)


@app.command()
def redact(call: Call, data: Data = None, config: Config = None) -> None:
    """Take what identifies people out of a call for good, out of words and recording, for its agent too."""
    from pipeline.cli.people import HERE

    house = _house(config)
    call_id = _named(house, call)
    is_clean = _sweep(house).erase_private(call_id, None, HERE)
    house.audit.keep_head()
    print(f"redacted: {call_id}")
    _tell_traces(is_clean)


@app.command()
def sweep(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and why; delete nothing.")] = False,
    clock_is_right: Annotated[
        bool, typer.Option("--clock-is-right", help="Somebody has looked: the clock is right, though it was in doubt.")
    ] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Delete what was kept for as long as its team wants (`callcoach teams show`), as the server does each night."""
    from pipeline.cli.choices import say
    from pipeline.session.buses import NoBus
    from pipeline.session.consent import Consents
    from pipeline.session.sessions import Sessions
    from pipeline.store.sql import SqlStore

    house = _house(config)
    sweeping, consents = _sweep(house), Consents(SqlStore(house.database), Sessions(), NoBus(), _recordings(house))
    if dry_run:
        for call_id in consents.left():
            print(f"{'recording':<9}  {call_id}  its consent was taken back")
    else:
        consents.delete_left(print)
    swept = sweeping.plan(clock_is_right) if dry_run else sweeping.run(is_clock_right=clock_is_right)
    for step in swept.steps:
        print(_line(step))
    for trouble in (swept.refused, *swept.failed):
        if trouble:
            say(trouble)
    for call_id in swept.stray:
        say(f"recording {call_id} is of no call that is known: it stays")
    _tell_counts(swept, dry_run)
    if not swept.refused:
        _tell_outlook(house)
    if not dry_run:
        house.audit.keep_head()
        _tell_traces(swept.is_clean)
    if swept.refused or swept.failed:
        raise typer.Exit(1)


def _tell_counts(swept: Swept, dry_run: bool) -> None:
    from pipeline.cli.choices import say
    from pipeline.session.nightly import said_of

    print(f"{said_of(swept)} {'would be deleted' if dry_run else 'deleted'}")
    if swept.is_busy:
        say("another server or command sweeps the database just now: only recordings of this machine were looked at")


def _tell_outlook(house: House) -> None:
    """Why nothing else is due, and what comes next."""
    from pipeline.session.outlook import outlooks
    from pipeline.store.retention import Retention

    teams = house.team_settings
    for one in outlooks(Retention(house.database), lambda team: teams.current(team).settings, _recordings(house)):
        of = f"team {one.team}" if one.team is not None else "without a team"
        verb, those = ("is", "that one") if one.held == 1 else ("are", "those")
        held = f"; {one.held} of them {verb} held: nothing of {those} goes" if one.held else ""
        print(f"{of}: {one.calls} call{'' if one.calls == 1 else 's'}{held}")
        for what, days in one.days.items():
            print(f"  {what:<9}  kept for {days} days; {_when(one.due_in_s.get(what))}")


def _when(due_in_s: float | None) -> str:
    from pipeline.cli.people import moment

    if due_in_s is None:
        return "none is left, or it goes with its call"
    return "due now" if due_in_s <= 0 else f"next due on {moment(time.time() + due_in_s)}"


def _tell_traces(is_clean: bool) -> None:
    from pipeline.cli.choices import say

    if not is_clean:
        why = "a call runs, or somebody reads the database"
        say(f"traces of it are left in the database's file until it is rewritten: {why}; the next sweep does that")


def _line(step: Step) -> str:
    if step.days is None or step.age_days is None:
        return f"{step.what:<9}  {step.call_id}  its call was deleted"
    team = f"team {step.team}" if step.team is not None else "without a team"
    return f"{step.what:<9}  {step.call_id}  {team}: kept for {step.age_days:.0f} days, {step.days} are wanted"


def _named(house: House, name: str) -> str:
    from pipeline.cli.call_ids import chosen
    from pipeline.store.sql import SqlStore

    return chosen([name], SqlStore(house.database))[0]


def _house(config: Path | None) -> House:
    """Raises StoreError where no call was ever kept: looking must not make a database."""
    from pipeline.cli.choices import read_choices
    from pipeline.cli.people import House
    from pipeline.errors import StoreError
    from pipeline.folders import data_folder

    if not read_choices(config).store.is_kept(data_folder()):
        raise StoreError(f"no call is kept in {data_folder()}")
    return House.open(config)


def _sweep(house: House) -> Sweep:
    from pipeline.session.sweep import sweep_of

    return sweep_of(house.database, house.audit, house.team_settings, _recordings(house))


def _recordings(house: House) -> FolderRecordings:
    """Of this machine. What is deleted without consent is noted as the server does it."""
    from pipeline.cli.choices import say
    from pipeline.folders import data_folder
    from pipeline.people.audit import ITSELF, Deed
    from pipeline.session.recordings import FolderRecordings

    def note(call_id: str, actor: Actor) -> None:
        house.audit.note(actor, Deed.RECORDING_DELETED, call_id, ITSELF, details={"reason": "consent"})

    return FolderRecordings(data_folder() / "recordings", say=say, deleted=note)
