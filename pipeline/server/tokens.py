"""Who may begin, end and change calls: who shows the token, or a page of ours on this machine."""

from __future__ import annotations

import hmac
import ipaddress
import os
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from pipeline.errors import SettingsError
from pipeline.private import private_folder

SHORTEST = 16
_NO_TOKEN = "this needs the header `Authorization: Bearer TOKEN` (server.token, or the file `token` beside the calls)"


def read_token(folder: Path, given: str | None) -> str:
    """The token given, or the one kept in `folder`/token, made at the first start. Raises SettingsError."""
    if given:
        if len(given) < SHORTEST:
            raise SettingsError(f"server.token has {len(given)} characters; it must have {SHORTEST} or more")
        return given
    path = folder / "token"
    try:
        if not path.exists():
            _keep(path, secrets.token_urlsafe(32))
        kept = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be used: {error}") from error
    if len(kept) < SHORTEST:
        raise SettingsError(f"{path} holds {len(kept)} characters; it must be {SHORTEST} or more, or be deleted")
    return kept


def _keep(path: Path, token: str) -> None:
    """Written aside and linked into place: of two starts one wins, and nobody reads a half-written token."""
    private_folder(path.parent)
    aside = path.with_name(f".token-{secrets.token_hex(8)}")
    opened = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(token + "\n")
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink()


class Writers:
    """A dependency of the writing routes: raises 401 for everybody who may not."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: Request) -> None:
        shown = request.headers.get("authorization")
        if shown is not None:
            scheme, _, token = shown.partition(" ")
            if self._token and scheme.lower() == "bearer" and _same(token.strip(), self._token):
                return
            raise _refused("the token shown is not this server's")
        if not (_is_loopback(request) and _is_own_page(request)):
            raise _refused(_NO_TOKEN)


def _same(shown: str, wanted: str) -> bool:
    return hmac.compare_digest(shown.encode(), wanted.encode())


def _is_loopback(request: Request) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _is_own_page(request: Request) -> bool:
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""
    return request.headers.get("sec-fetch-site") == "same-origin"


def _refused(detail: str) -> HTTPException:
    return HTTPException(401, detail, headers={"WWW-Authenticate": "Bearer"})
