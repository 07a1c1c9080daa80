"""`callcoach desk`: this machine becomes a desk of a centre, is looked at, and leaves."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.choices import command_here, command_parts, read_choices, say
from pipeline.cli.flags import Config, Data

if TYPE_CHECKING:
    from pipeline.cli.choices import Choices
    from pipeline.cli.desk_check import Looked
    from pipeline.desk.autostart import Autostart

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command()
def enrol(
    url: Annotated[str, typer.Argument(metavar="URL", help="The centre's address, as /admin shows it: https://…")],
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="From /admin of the centre: ABCD-EFGH-…, for 10 minutes.")
    ],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What this machine is called there (default: its host name).")
    ] = None,
    autostart: Annotated[
        bool, typer.Option("--autostart/--no-autostart", help="Begin `callcoach live` when somebody signs in here.")
    ] = True,
    data: Data = None,
    config: Config = None,
) -> None:
    """Make this machine a desk of a centre: the agent's calls run here, and are reported there."""
    from dataclasses import asdict

    from pipeline.config import file_to_keep, keep_settings
    from pipeline.desk.credentials import SECTION
    from pipeline.desk.enrolment import enrol, keep_files
    from pipeline.folders import data_folder

    before = read_choices(config)  # what is wrong there is said before the code is used up
    folder, file = data_folder(), file_to_keep(config)
    enrolment = enrol(url, code, name or platform.node() or "desk", folder)
    keep_files(enrolment, folder)
    keep_settings(file, SECTION, {key: told for key, told in asdict(enrolment.settings).items() if key != "keep_hours"})
    _take_over(before, enrolment.settings.id, folder)
    print(f"this machine is {enrolment.settings.name!r} of {enrolment.centre or enrolment.settings.server}", flush=True)
    print(f"  settings in {file}, token in {folder}", flush=True)
    _tell(_looks(read_choices(config), folder))
    if autostart:
        _begin_by_itself(_autostart(enrolment.settings.server, config, folder))
    else:
        print(f"  to begin: {command_here(f'live --server {enrolment.settings.server}', config)}", flush=True)


@app.command()
def check(data: Data = None, config: Config = None) -> None:
    """Try the headset and the connection to the centre, one line each; exit code 1 where something fails."""
    from pipeline.folders import data_folder

    if not _tell(_looks(read_choices(config), data_folder())):
        raise typer.Exit(1)


@app.command()
def leave(
    force: Annotated[
        bool, typer.Option("--force", help="Also with calls that the centre has not, and where it does not answer.")
    ] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """This machine is no desk any more: its token, the certificate, [desk] and the autostart go; its calls stay."""
    from pipeline.config import drop_section, file_to_keep
    from pipeline.desk.autostart import run_command
    from pipeline.desk.credentials import SECTION, credentials
    from pipeline.desk.enrolment import TokenRefused, forget_files, leave
    from pipeline.desk.running import forget_given
    from pipeline.errors import CallcoachError, SettingsError
    from pipeline.folders import data_folder

    choices, folder = read_choices(config), data_folder()
    waiting = _undelivered(choices, folder)
    if waiting and not force:
        raise SettingsError(
            f"{waiting} calls are not yet at the centre, or not whole: let `callcoach live` deliver them first, or say"
            " --force; they stay here in either case, and nobody delivers them any more"
        )
    try:
        leave(credentials(choices.desk, folder))
    except TokenRefused:
        say("the centre had revoked this machine's token already")
    except CallcoachError as error:
        if not choices.desk.server:
            raise
        if not force:
            raise SettingsError(f"{error}. With --force it leaves all the same: revoke it on /admin then") from None
        say(f"{error}: revoke this machine on /admin of the centre")
    if _autostart(choices.desk.server, config, folder).take_out(run_command):
        print("it does not begin by itself any more", flush=True)
    forget_files(folder)
    forget_given(folder)
    drop_section(file_to_keep(config), SECTION)
    print(f"this machine is no desk of {choices.desk.server} any more; its calls stay in {folder}", flush=True)


def _looks(choices: Choices, folder: Path) -> Iterable[Looked]:
    from pipeline.cli.desk_check import centre, headset

    yield from headset(choices.capture.mic, choices.capture.far)
    yield from centre(choices.desk, folder)


def _tell(looks: Iterable[Looked]) -> bool:
    """Each line as soon as it is there; whether all is well."""
    from pipeline.printable import printable

    well = True
    for looked in looks:
        print(printable(str(looked)), flush=True)
        well = well and looked.is_well
    return well


def _take_over(before: Choices, desk_id: str, folder: Path) -> None:
    """Shifts of the enrolment before are this one's, as at the centre: their calls are still delivered."""
    from contextlib import closing

    from pipeline.store.desks import SqlDesks
    from pipeline.store.opening import open_database

    if before.desk.id and before.store.is_kept(folder):
        with closing(open_database(before.store, folder)) as database:
            SqlDesks(database).succeed(before.desk.id, desk_id)


def _undelivered(choices: Choices, folder: Path) -> int:
    from contextlib import closing

    from pipeline.store.deliveries import SqlDeliveries
    from pipeline.store.opening import open_database

    if not choices.store.is_kept(folder):
        return 0
    with closing(open_database(choices.store, folder)) as database:
        return SqlDeliveries(database).unfinished()


def _autostart(server: str, config: Path | None, folder: Path) -> Autostart:
    from pipeline.desk.autostart import autostart_of

    return autostart_of(command_parts(f"live --server {server} --no-browser", config), folder.absolute())


def _begin_by_itself(wanted: Autostart) -> None:
    from pipeline.desk.autostart import run_command

    why = wanted.set_up(run_command)
    if why is None:
        print("  callcoach runs, and begins by itself from now on, when somebody signs in here", flush=True)
    else:
        say(f"it does not begin by itself yet ({why}); what is needed for it is in {wanted.file}")
