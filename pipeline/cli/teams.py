"""`callcoach teams`: added and listed; what each has set, shown and changed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from pipeline.cli.flags import Config, Data

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As it is shown.")],
    team_id: Annotated[
        str | None, typer.Option("--id", help="What the telephone system calls it, where that is another name.")
    ] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Add a team."""
    from pipeline.cli.people import House
    from pipeline.people.audit import Deed

    house = House.open(config)
    with house.changing():
        team = house.directory.add_team(name, team_id)
        house.note(Deed.TEAM_ADDED, team.id)
    print(f"added: {team.name}" + (f" ({team.id})" if team.id != team.name else ""))


@app.command(name="list")
def list_teams(data: Data = None, config: Config = None) -> None:
    """Which teams there are, and how many people are in each."""
    from pipeline.cli.people import House

    house = House.open(config)
    users = house.directory.users()
    for team in house.directory.teams():
        count = sum(user.team == team.id for user in users)
        print(f"{team.name}\t{team.id}\t{count}")


@app.command()
def show(
    team: Annotated[str, typer.Argument(metavar="TEAM", help="Id or name.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """What a team has set, by whom and why."""
    from pipeline.cli.people import House, moment
    from pipeline.people.team_settings import ACTED_ON

    house = House.open(config)
    found = house.team(team)
    now = house.team_settings.current(found.id)
    print(f"{found.name}: version {now.version}" + (f", {moment(now.at)}: {now.reason}" if now.version else ""))
    for name, value in asdict(now.settings).items():
        kept = "" if name in ACTED_ON else "   (kept; nothing is done by it yet)"
        print(f"  {name} = {json.dumps(value, ensure_ascii=False)}{kept}")


@app.command(name="set")
def set_settings(
    team: Annotated[str, typer.Argument(metavar="TEAM", help="Id or name.")],
    values: Annotated[list[str], typer.Argument(metavar="KEY=VALUE...", help="As `callcoach teams show` names them.")],
    reason: Annotated[str, typer.Option(help="Why; it stands beside the version.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Change what a team has set. Calls that run keep the version they began with."""
    from pipeline.cli.people import HERE, House
    from pipeline.people.team_settings import read_settings

    typed = dict(value.partition("=")[::2] for value in values)
    house = House.open(config)
    found = house.team(team)
    before = asdict(house.team_settings.current(found.id).settings)
    read = read_settings({name: str(value) for name, value in before.items()} | typed, are_texts=True)
    with house.changing():
        changes = {name: value for name, value in asdict(read).items() if name in typed}
        after = house.team_settings.change(found.id, changes, reason=reason, expected=None, actor=None, origin=HERE)
    print(f"{found.name}: version {after.version}")
