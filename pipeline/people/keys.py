"""Secrets that open something: of sessions, links and tokens. Kept as SHA-256 alone: all are random and long.

A slow hash is for passwords, which can be guessed; 32 random bytes cannot.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from pipeline.people.entrance import LinkPurpose
from pipeline.people.permissions import MachineRole
from pipeline.people.person import Person

SECRET_BYTES = 32
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"  # without 0 O 1 l I: tokens are read aloud
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # the same, in capitals: codes are typed from one screen at another
_GROUPS, _GROUP = 11, 4  # 44 characters of 5.8 bits are 256 bits


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def new_token(role: MachineRole) -> str:
    """`cc_telephone_xxxx-xxxx-…`"""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return f"cc_{role}_{'-'.join(groups)}"


def new_id() -> str:
    """The public name of a session or token."""
    return secrets.token_hex(8)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Session:
    """Of a user in one browser. Times in seconds since 1970."""

    id: str
    secret: str = field(repr=False)  # digest, as below
    user_id: str
    begun_at: float
    seen_at: float
    ended_at: float | None
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class KeptLink:
    """`user_id`: None for FIRST."""

    secret: str = field(repr=False)
    purpose: LinkPurpose
    user_id: str | None
    expires_at: float
    used_at: float | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """Of a machine; it stands in records and audit as `token:` and its id."""

    id: str
    secret: str = field(repr=False)
    name: str
    role: MachineRole
    added_at: float
    used_at: float | None = None
    revoked_at: float | None = None

    @property
    def person(self) -> Person:
        return Person(f"token:{self.id}", self.role)
