"""The name of a call, which it keeps for ever."""

from __future__ import annotations

import uuid_utils


def new_call_id() -> str:
    """A UUIDv7: no two calls of any two machines share one, and those of one process are in the order of their making.

    Calls of before have a date, like 20261122-101500-1f2e, and scored files their name: nothing may read an id. It
    has 36 characters that may stand in a file name and in an address. From any thread.
    https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
    """
    return str(uuid_utils.uuid7())
