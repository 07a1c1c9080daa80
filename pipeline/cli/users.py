"""`callcoach users`: added, listed, removed, imported, and let in by one-time links."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.choices import say
from pipeline.cli.flags import Config, Data, Port
from pipeline.errors import AccountRefused, SettingsError
from pipeline.people.permissions import Role

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_ROLES = "|".join(Role)


@app.command()
def add(
    login: Annotated[str, typer.Argument(metavar="NAME", help="The name to sign in with.")],
    role: Annotated[str, typer.Option(metavar=_ROLES, help="What the person is here for.")],
    name: Annotated[str | None, typer.Option(help="The name that is shown (default: NAME).")] = None,
    team: Annotated[list[str] | None, typer.Option(help="The team; QA may have several, or * for all.")] = None,
    agent_id: Annotated[str | None, typer.Option(help="The number that the person's calls carry.")] = None,
    telephone_id: Annotated[str | None, typer.Option(help="The person's id in the telephone system.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from the first line of the standard input.")
    ] = False,
    port: Port = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Add a person. Without --password-stdin a link is printed with which they choose their password."""
    from pipeline.cli.people import House
    from pipeline.people.audit import Deed
    from pipeline.people.directory import UserFields
    from pipeline.people.entrance import LinkPurpose
    from pipeline.people.passwords import accepted
    from pipeline.people.person import EVERY_TEAM

    if role not in list(Role):
        raise AccountRefused(f"--role is {role!r}; it must be {_ROLES}", "role")
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    if password is not None:
        accepted(password, [login, name or login])  # before anything is changed
    house = House.open(config, port)
    teams = tuple(one if one == EVERY_TEAM else house.team(one).id for one in team or ())
    if len(teams) > 1 and role != Role.QA:
        raise AccountRefused("only QA has more than one team", "no_team")
    one_team, assigned = (None, teams) if role == Role.QA else (teams[0] if teams else None, ())
    told = UserFields(login, name or login, Role(role), one_team, assigned, agent_id, telephone_id)
    with house.changing():
        user = house.directory.add(told)
        house.note(Deed.USER_ADDED, user.id, **user.ids)
        if password is not None:
            house.accounts.set_password(user.id, password)
    print(f"added: {user.login} ({user.role})")
    if password is None:
        house.print_link(LinkPurpose.INVITE, user)


@app.command(name="list")
def list_users(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Who there is."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from pipeline.cli.people import House, moment

    house = House.open(config)
    names = {team.id: team.name for team in house.directory.teams()}
    table = Table(box=None, pad_edge=False)
    for title in ("name", "login", "role", "team", "agent id", "telephone id", "last signed in", "may come in"):
        table.add_column(title)
    for user in house.directory.users():
        if as_json:
            print(json.dumps(asdict(user), ensure_ascii=False))
            continue
        teams = [names.get(one, one) for one in ([user.team] if user.team is not None else user.assigned)]
        state = "no: disabled" if user.is_disabled else "yes" if user.has_password else "with a link"
        cells = (
            user.name, user.login, user.role, ", ".join(teams) or "-", user.agent_id or "-", user.telephone_id or "-",
            moment(user.signed_in_at), state,
        )  # fmt: skip
        table.add_row(*(escape(str(cell)) for cell in cells))
    if not as_json:
        Console().print(table, highlight=False)


@app.command()
def remove(
    login: Annotated[str, typer.Argument(metavar="NAME", help="Login or agent id.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Remove a person: name, login, password, sessions, and what is usual for their voice. Their calls stay."""
    from pipeline.cli.people import House
    from pipeline.people.audit import Deed

    house = House.open(config)
    with house.changing():
        user = house.directory.remove(house.user(login).id)
        house.note(Deed.USER_REMOVED, user.id)
    house.directory.forget_removed()
    print(f"removed: {user.login}; their calls stay, without the name")


@app.command()
def link(
    login: Annotated[str | None, typer.Argument(metavar="[LOGIN]", help="Whose password is to be chosen anew.")] = None,
    port: Port = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Print a link that works once: LOGIN chooses a password by it; without LOGIN, the link of the first start."""
    from pipeline.cli.people import DESK, House
    from pipeline.people.entrance import LinkPurpose

    house = House.open(config, port)
    if login is not None:
        user = house.user(login)
        house.print_link(LinkPurpose.DESK if user.login == DESK else LinkPurpose.RESET, user)
        return
    desk = house.directory.user_named(DESK)
    if desk is not None:
        house.print_link(LinkPurpose.DESK, desk)
    if house.accounts.is_first_run():
        house.print_link(LinkPurpose.FIRST, None)
    elif desk is None:
        raise AccountRefused("there is an administrator already: name the LOGIN of whom the link is for", "not_first")


@app.command(name="import")
def import_users(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="As a spreadsheet saves it: UTF-8 or GB18030.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Take over a list of people; known logins are changed. Columns: 姓名,登录名,角色,班组,工号,话机号."""
    from pipeline.cli.people import House
    from pipeline.documents import read_bytes
    from pipeline.people.roster import MOST_BYTES, decoded

    text, house = decoded(read_bytes(file, SettingsError, MOST_BYTES)), House.open(config)
    with house.changing():
        imported = house.roster.take_over(text)
        for deed, target in imported.deeds:
            house.note(deed, target, by="import")
    for refused in imported.refused:
        say(f"{file}:{refused.line}: {refused.reason}")
    if imported.refused:
        say("nothing was changed")
        raise typer.Exit(1)
    new_teams = f", new teams: {', '.join(imported.teams)}" if imported.teams else ""
    print(f"added: {len(imported.added)}, changed: {len(imported.changed)}{new_teams}")
