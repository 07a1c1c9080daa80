"""`callcoach teams`: added and listed."""

from __future__ import annotations

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

    team = House.open(config).directory.add_team(name, team_id)
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
