"""What identifies a person goes out of a call for good: out of its words, and out of its recording.

The words first, in one transaction that also keeps where the recording is to be muted. Whatever comes between, or where
the recording is another machine's, `mute_left` does the rest; both may be done again.
"""

from __future__ import annotations

from pipeline.errors import AudioError
from pipeline.ports import Recordings
from pipeline.store.deletion import Deletion

_CALLS_AT_ONCE = 200  # looked at in one question to the database


def mute(deletion: Deletion, recordings: Recordings | None, call_id: str) -> None:
    """Behind `Deletion.erase_private`; `recordings`: those of this machine.

    Raises StoreError, and AudioError where its recording cannot be muted, which is then left to do.
    """
    if recordings is not None:
        recordings.mute(call_id, deletion.private_gone([call_id])[call_id])


def mute_left(deletion: Deletion, recordings: Recordings) -> list[str]:
    """Mutes the recordings of this machine whose words have been erased; what could not be done, each in a line."""
    failed, ids = [], recordings.ids()
    for begin in range(0, len(ids), _CALLS_AT_ONCE):
        for call_id, spans in deletion.private_gone(ids[begin : begin + _CALLS_AT_ONCE]).items():
            try:
                recordings.mute(call_id, spans)
            except AudioError as error:
                failed.append(str(error))
    return failed
