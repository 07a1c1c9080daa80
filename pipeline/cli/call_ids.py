"""Calls as they are named in commands: by their ids, or by what no other id begins with."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import StoreError
from pipeline.store.archive import Archive


def chosen(names: Sequence[str], store: Archive) -> list[str]:
    """Their ids, each once, as they were begun. Raises StoreError for a name that is none, or of several."""
    known = store.calls()[::-1]
    all_ids, found = set(known), set[str]()
    for name in names:
        fitting = [name] if name in all_ids else [call_id for call_id in known if name and call_id.startswith(name)]
        if len(fitting) != 1:
            why = f"{len(fitting)} calls begin so: {fitting[0]}, {fitting[1]}" if fitting else "there is no such call"
            raise StoreError(f"{name}: {why}")
        found.add(fitting[0])
    return [call_id for call_id in known if call_id in found]
