"""The second place of the audit: a file outside the data folder, to which the head of the chain is added at times.

Whoever cuts the chain, or writes another one with its key, has to change this file too. It is worth the more, the
less can be done to it from this machine: an append-only file system, another machine's share.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import SettingsError, StoreError
from pipeline.people.audit_chain import Head
from pipeline.private import kept_secret, private_file, private_folder
from pipeline.quantities import OneLine

KEY_FILE = "audit-key"
HEADS_FILE = "audit-head.jsonl"


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """Where the head of the audit is kept besides."""

    head_file: OneLine = ""  # empty: audit-head.jsonl in the user's settings folder


def read_key(folder: Path) -> bytes:
    """The key of the chains in this data folder, made at the first start. Raises SettingsError."""
    try:
        return kept_secret(folder / KEY_FILE).encode()
    except (OSError, ValueError) as error:
        raise SettingsError(f"{folder / KEY_FILE} cannot be used: {error}") from error


@dataclass(frozen=True, slots=True)
class KeptHeads:
    """What the second place holds: heads of the chain in the order in which they were kept.

    `former`: the last head of another chain that was in the same place. `unreadable`: lines that are no heads, broken
    off by a power cut or changed. `others`: heads of all other chains, by what these are told apart by.
    """

    heads: tuple[Head, ...] = ()
    former: Head | None = None
    unreadable: int = 0
    others: Mapping[str, Sequence[Head]] = field(default_factory=dict)


class AuditHeads:
    """Heads of one chain in a file of lines, which may hold those of other chains too."""

    def __init__(self, path: Path, key: bytes, database: str, place: str) -> None:
        """A chain with another key, or of a database with another name, is another one.

        Whoever replaces the key and the chain with it could so pass for another one: lines also say in which `place`
        the chain was. It may be moved, but no other chain may be where it was.
        """
        self.path = path
        self._chain = hmac.new(key, f"audit of {database}".encode(), hashlib.sha256).hexdigest()[:16]
        self._place = place

    def keep(self, head: Head) -> None:
        """Adds a line, synced. Raises OSError."""
        told = {"chain": self._chain, "at": head.at, "number": head.number, "mac": head.mac, "place": self._place}
        line = json.dumps(told) + "\n"
        private_folder(self.path.parent)
        private_file(self.path)
        if (kept := self.path.read_bytes()) and not kept.endswith(b"\n"):
            line = f"\n{line}"  # the line before it broke off
        with self.path.open("ab", buffering=0) as file:
            file.write(line.encode("ascii"))
            os.fsync(file.fileno())

    def read(self) -> KeptHeads:
        """No heads where there is no file. Raises StoreError where it cannot be read."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return KeptHeads()
        except OSError as error:
            raise StoreError(f"{self.path} cannot be read: {error.strerror}") from error
        heads: list[Head] = []
        others: dict[str, list[Head]] = {}
        former, unreadable = None, 0
        for line in lines:
            try:
                told = json.loads(line)
                head = Head(float(told["at"]), int(told["number"]), str(told["mac"]))
                if told["chain"] == self._chain:
                    heads.append(head)
                    continue
                others.setdefault(str(told["chain"]), []).append(head)
                if told.get("place") == self._place:
                    former = head
            except (ValueError, LookupError, TypeError, RecursionError):
                unreadable += 1
        return KeptHeads(tuple(heads), former, unreadable, others)
