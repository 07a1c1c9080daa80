"""How tests come in at a callcoach in a process of its own: with a token of before, or by the link that it prints."""

from __future__ import annotations

import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path
from typing import IO

TOKEN = "a-token-of-an-earlier-version"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def keep_token(folder: Path) -> None:
    """As an earlier version left it beside the calls: that of the telephone system."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / "token"
    file.touch(mode=0o600)
    file.write_text(TOKEN + "\n", encoding="utf-8")


class Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None


def cookie_of(link: str) -> dict[str, str]:
    """Headers of the session that a one-time link begins."""
    try:
        urllib.request.build_opener(Stays).open(link, timeout=30)
    except urllib.error.HTTPError as led_on:
        with led_on:
            given = led_on.headers["set-cookie"]
    return {"Cookie": given.partition(";")[0], "Origin": link.partition("/agent")[0]}
