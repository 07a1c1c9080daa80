"""Tokens of machines: added, listed, revoked; the secret is shown once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from pipeline.errors import AccountRefused
from pipeline.people.keeping import Keeping, Kept
from pipeline.people.keys import Token, digest, new_id, new_token
from pipeline.people.names import checked_name, one_form
from pipeline.people.permissions import MachineRole

TELEPHONE = "telephone"
"""Name of the token that was in `[server] token` or the file `token` before there were people."""


class Tokens:
    """Thread-safe. Whatever may not be raises AccountRefused and changes nothing."""

    def __init__(self, keeping: Keeping, clock: Callable[[], float] = time.time) -> None:
        self._keeping = keeping
        self._clock = clock

    def tokens(self) -> list[Token]:
        """Those revoked too."""
        with self._keeping.reading() as kept:
            return kept.tokens()

    def add(self, name: str, role: MachineRole) -> tuple[str, Token]:
        """The secret, which is kept nowhere, and the token."""
        secret = new_token(role)
        with self._keeping.changing() as kept:
            return secret, self._put(kept, secret, checked_name(name), role)

    def is_known(self, secret: str) -> bool:
        """Also one that is revoked."""
        with self._keeping.reading() as kept:
            return kept.token(digest(secret)) is not None

    def keep_former(self, secret: str) -> list[Token]:
        """Enters the token of an earlier version, unless it is known: one that was revoked stays revoked.

        Those that were changed: the one that it takes the place of, which is revoked now, and itself.
        """
        with self._keeping.changing() as kept:
            if kept.token(digest(secret)) is not None:
                return []
            former = [one for one in kept.tokens() if one.name == TELEPHONE and one.revoked_at is None]
            revoked = [replace(token, revoked_at=self._clock()) for token in former]  # the setting names another now
            for token in revoked:
                kept.put_token(token)
            return [*revoked, self._put(kept, secret, TELEPHONE, MachineRole.TELEPHONE)]

    def revoke(self, name_or_id: str) -> Token:
        """For good, and at once."""
        with self._keeping.changing() as kept:
            for token in kept.tokens():
                is_meant = token.id == name_or_id or one_form(token.name) == one_form(name_or_id)
                if is_meant and token.revoked_at is None:
                    revoked = replace(token, revoked_at=self._clock())
                    kept.put_token(revoked)
                    return revoked
        raise AccountRefused(f"there is no token {name_or_id!r} in use", "unknown")

    def _put(self, kept: Kept, secret: str, name: str, role: MachineRole) -> Token:
        if any(one_form(one.name) == one_form(name) and one.revoked_at is None for one in kept.tokens()):
            raise AccountRefused(f"there is a token {name} in use: revoke it first, or take another name", "taken")
        token = Token(new_id(), digest(secret), name, role, self._clock())
        kept.put_token(token)
        return token
