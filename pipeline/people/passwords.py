"""Passwords: which are taken, and how they are kept and compared (argon2id, RFC 9106, low memory).

Each hashing takes 64 MiB and some tens of milliseconds of several cores: whoever lets strangers ask limits how many run
at once (`server.sign_in.Door`).
https://argon2-cffi.readthedocs.io/en/stable/api.html, https://www.rfc-editor.org/rfc/rfc9106#section-4
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache, cached_property
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pipeline.errors import AccountRefused
from pipeline.folders import bundled
from pipeline.people.names import one_form

SHORTEST, LONGEST = 12, 128  # characters
_FEWEST = 5  # different characters


def as_typed(password: str) -> str:
    """The same however it was typed: full-width letters are the narrow ones (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password[: LONGEST * 8])


def accepted(password: str, names: Sequence[str]) -> str:
    """The password as it is kept. `names`: of person, login, company. Raises AccountRefused.

    Length and what everybody tries first; no rule about kinds of characters, and no expiry.
    """
    typed = as_typed(password)
    if len(typed) < SHORTEST:
        raise AccountRefused(f"the password has {len(typed)} characters; it must have {SHORTEST} or more", "short")
    if len(typed) > LONGEST:
        raise AccountRefused(f"the password has over {LONGEST} characters; it must have fewer", "long")
    text = one_form(typed)
    core = text.strip("0123456789 .,;:!?@#$%^&*()-_=+~")
    if core and core in {"callcoach", *(one_form(name) for name in names)}:
        raise AccountRefused("the password is a name with figures or signs around it", "like_name")
    if text in _common() or core in _common() or _is_pattern(text):
        raise AccountRefused("the password is one of those that everybody tries first", "common")
    return typed


@cache
def _common() -> frozenset[str]:
    """Not loaded before somebody chooses a password."""
    return frozenset(bundled("passwords", "common.txt").read_text(encoding="utf-8").split("\n"))


def _is_pattern(text: str) -> bool:
    """Few characters, one thing over and over, or neighbours in a row: 123456789012, abcabcabcabc."""
    steps = {(ord(after) - ord(before)) % 10 for before, after in pairwise(text)}
    is_repeated = (text + text).find(text, 1) <= len(text) // 2
    return len(set(text)) < _FEWEST or is_repeated or steps in ({1}, {9})


class Passwords:
    """Thread-safe; blocks its thread, so never to be called from an event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def encoded(self, password: str) -> str:
        return self._hasher.hash(password)

    def is_right(self, password: str, encoded: str | None) -> bool:
        """None takes the same time: nobody can tell by it whether there is such a user."""
        nobody = self._nobody
        try:
            self._hasher.verify(encoded or nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return encoded is not None

    def is_outdated(self, encoded: str) -> bool:
        """Whether it was encoded with other parameters than those of today."""
        return self._hasher.check_needs_rehash(encoded)

    @cached_property
    def _nobody(self) -> str:
        return self.encoded("nobody")
