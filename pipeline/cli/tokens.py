"""`callcoach tokens`: what machines show to be let in; made, listed, revoked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.flags import Config, Data
from pipeline.errors import AccountRefused, SettingsError
from pipeline.people.permissions import BY_HAND, MachineRole

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_ROLES = "|".join(BY_HAND)


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which machine it is for.")],
    role: Annotated[str, typer.Option(metavar=_ROLES, help="What the machine may do.")],
    file: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write the token to a new file that only you can read.")
    ] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Make a token. It is shown this once."""
    from pipeline.cli.people import House
    from pipeline.people.audit import Deed

    if role == MachineRole.DESK:
        raise AccountRefused("a desk gets its token as it is enrolled: `callcoach desk enrol` on that machine", "role")
    if role not in BY_HAND:
        raise AccountRefused(f"--role is {role!r}; it must be {_ROLES}", "role")
    house = House.open(config)
    written = _new_file(file) if file is not None else None
    try:
        with house.changing():
            secret, token = house.tokens.add(name, MachineRole(role))
            house.note(Deed.TOKEN_ADDED, token.person.id, role=token.role)
    except BaseException:
        if file is not None and written is not None:
            os.close(written)
            file.unlink()
        raise
    if written is not None:
        with os.fdopen(written, "w", encoding="ascii") as to:
            to.write(secret + "\n")
    print(secret if file is None else f"token {token.name} ({token.role}) is in {file}")


@app.command(name="list")
def list_tokens(data: Data = None, config: Config = None) -> None:
    """Which tokens there are, and when each was last used; not the tokens themselves."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from pipeline.cli.people import House, moment

    table = Table(box=None, pad_edge=False)
    for title in ("name", "role", "id", "added", "last used", "revoked"):
        table.add_column(title)
    for token in House.open(config).tokens.tokens():
        times = (moment(at) for at in (token.added_at, token.used_at, token.revoked_at))
        table.add_row(*map(escape, (token.name, token.role, token.id, *times)))
    Console().print(table, highlight=False)


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name or id, as `callcoach tokens list` shows it.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Revoke a token, for good and at once, also where it is in use just now."""
    from pipeline.cli.people import House
    from pipeline.people.audit import Deed

    house = House.open(config)
    with house.changing():
        token = house.tokens.revoke(name)
        house.note(Deed.TOKEN_REVOKED, token.person.id)
    print(f"revoked: {token.name}")


def _new_file(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SettingsError(f"--file {path}: a new file cannot be made there: {error.strerror}") from error
