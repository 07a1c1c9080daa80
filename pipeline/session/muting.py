"""What identifies a person goes out of a recording for good, behind the words of its call.

Words go first (`Deletion.erase_private`), in a transaction that also keeps where the recording is to be muted. Here the
recordings of this machine follow, whoever erased the words and whatever came between.
"""

from __future__ import annotations

from pipeline.errors import AudioError
from pipeline.ports import Recordings
from pipeline.store.deletion import Deletion

_CALLS_AT_ONCE = 200  # looked at in one question to the database


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
