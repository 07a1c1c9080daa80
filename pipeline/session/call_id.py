"""The name of a call, which it keeps for ever."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import uuid_utils


def new_call_id(started_at: str | None = None) -> str:
    """A UUIDv7: no two calls of any two machines share one, and those of one process are in the order of their making.

    `started_at`: ISO 8601, of a call that was long ago: ids are in the order of the calls, not of their import.
    Calls of before have a date, like 20261122-101500-1f2e, and scored files their name: nothing may read an id. It
    has 36 characters that may stand in a file name and in an address. From any thread.
    https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
    """
    made = uuid_utils.uuid7()
    if started_at is None:
        return str(made)
    at_ms = max(int(datetime.fromisoformat(started_at).timestamp() * 1000), 0)  # the first 48 bits, from 1970 on
    return str(UUID(int=at_ms << 80 | made.int & ((1 << 80) - 1)))
