"""The code with which a machine is enrolled, as it is shown and typed: `ABCD-EFGH`, or `ABCD-EFGH-JKLM-NPQR`.

The second half, where there is one, is a check of the certificate that the centre shows: who types the code needs no
certificate authority, and sends the first half to nobody else. It is keyed with the first half, which is secret until
then: else somebody in between would make, in advance, a certificate whose digest begins with the same 40 bits.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import NamedTuple

from pipeline.people.keys import CODE_ALPHABET

LETTERS = 8  # of 32 letters and digits: 40 bits, of which nobody tries many within ten minutes
_BITS = 5  # of each
_GROUP = 4


class TypedCode(NamedTuple):
    """`check`: "" where the centre's certificate is to be judged by the system's authorities."""

    secret: str
    check: str


def check_of(secret: str, certificate: bytes) -> str:
    """Eight characters; `certificate` is DER."""
    digest = hmac.digest(secret.encode(), certificate, hashlib.sha256)
    number = int.from_bytes(digest) >> (len(digest) * 8 - LETTERS * _BITS)
    return "".join(CODE_ALPHABET[number >> at & 31] for at in range((LETTERS - 1) * _BITS, -1, -_BITS))


def as_shown(secret: str, certificate: bytes | None = None) -> str:
    text = secret + (check_of(secret, certificate) if certificate is not None else "")
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def as_typed(code: str) -> TypedCode | None:
    """In small letters, with other or no dashes; None for what is no code."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    if len(plain) not in (LETTERS, 2 * LETTERS) or not set(plain) <= set(CODE_ALPHABET):
        return None
    return TypedCode(plain[:LETTERS], plain[LETTERS:])
