"""Secrets in files beside the calls, readable by their owner only; generated at the first start."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.private import private_folder

SHORTEST = 16


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
        if not path.exists():
            _keep(path, secrets.token_urlsafe(32))
        kept = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be used: {error}") from error
    if len(kept) < SHORTEST:
        raise SettingsError(f"{path} holds {len(kept)} characters; it must be {SHORTEST} or more, or be deleted")
    return kept


def _keep(path: Path, secret: str) -> None:
    """Writes a temporary file and links it into place: atomic, and of two concurrent starts one wins."""
    private_folder(path.parent)
    aside = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    opened = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(secret + "\n")
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink()
