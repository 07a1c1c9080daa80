"""Secrets in files beside the calls, readable by their owner only; generated at the first start."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.private import SHORTEST_SECRET as SHORTEST, kept_secret


def read_token(folder: Path, given: str | None) -> str:
    """The token of telephone systems: the one given, or the one in `folder`/token. Raises SettingsError."""
    if given:
        if len(given) < SHORTEST:
            raise SettingsError(f"server.token has {len(given)} characters; it must have {SHORTEST} or more")
        return given
    return _kept(folder / "token")


def read_cookie_key(folder: Path) -> str:
    """The key that signs the cookies of pages; kept, so that cookies survive a restart. Raises SettingsError."""
    return _kept(folder / "cookie-key")


def _kept(path: Path) -> str:
    try:
        return kept_secret(path)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be used: {error}") from error
