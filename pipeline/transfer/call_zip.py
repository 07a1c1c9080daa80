"""What a zip of calls holds, by name: a manifest, and of each call its records, words, report, and recording.

    manifest.json              versions, and the SHA-256 of all that follows
    CALL/records.jsonl         every record as a line of JSON (codec.py): what is read back
    CALL/words.csv             who said what, and when
    CALL/report.json           hints, words and score, as `score --json`
    CALL/reviews.jsonl         what people have said of it, one entry a line, where anybody has: read back, too
    CALL/recording.opus        or .flac, where there is one

All but the manifest's time is the same whenever and wherever the same calls are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import TypeAdapter

from pipeline.transfer.files import Sum

FORMAT = 2  # 1: without reviews
MANIFEST = "manifest.json"
RECORDS, WORDS, REPORT = TEXTS = ("records.jsonl", "words.csv", "report.json")
REVIEWS = "reviews.jsonl"
RECORDINGS: Mapping[str, bytes] = {"recording.opus": b"OggS", "recording.flac": b"fLaC"}
"""What each begins with."""


@dataclass(frozen=True, slots=True)
class CallEntry:
    """One call of a zip. `files` by their names within its folder.

    `private_gone`: what identifies people was erased in it for good, as far as it was found.
    """

    call_id: str
    records: int
    files: Mapping[str, Sum]
    private_gone: bool = False

    @property
    def folder(self) -> str:
        """Of any id one that any system can unpack."""
        return quote(self.call_id, safe="").replace(".", "%2E")

    @property
    def recording(self) -> str | None:
        return next((name for name in RECORDINGS if name in self.files), None)

    def path(self, name: str) -> str:
        return f"{self.folder}/{name}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`format` is raised when an older callcoach could not read it."""

    format: int
    callcoach: str
    made_at: str
    calls: Sequence[CallEntry]


MANIFEST_JSON = TypeAdapter(Manifest)
