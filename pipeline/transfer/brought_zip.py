"""A zip of calls that somebody brings: looked at before anything of it is believed.

Nothing is unpacked by its name: what may be in it follows from the ids of its calls, and all else is refused.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from pipeline.codec import first_fault
from pipeline.errors import StoreError
from pipeline.printable import printable
from pipeline.transfer.call_zip import FORMAT, MANIFEST, MANIFEST_JSON, RECORDINGS, REVIEWS, TEXTS, CallEntry, Manifest
from pipeline.transfer.files import summed

MOST_CALLS = 10_000
MOST_BYTES = 8 << 30  # unpacked, of all
MOST_TEXT_BYTES = 128 << 20  # unpacked, of one text: the records of a day; the demo call has 87 KB a minute
MOST_MANIFEST_BYTES = 16 << 20
_MOST_DIRECTORY_BYTES = 16 << 20
_LONGEST_ID = 200  # characters
_END = 22  # bytes of the end of a zip that has no comment, as ours
_ENCRYPTED = 1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class BroughtCalls:
    """The calls of a zip, each of whose files has been compared with its sum."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        """Raises StoreError naming the file that is damaged, too much, or not as the manifest says."""
        self._path = path
        self._archive = archive
        self._infos = self._listed()
        self.manifest = self._read_manifest()
        self._check_names()
        for entry in self.manifest.calls:
            for name in entry.files:
                self._check(entry, name)

    @contextmanager
    def open(self, entry: CallEntry, name: str) -> Iterator[IO[bytes]]:
        """A file of a call. Raises StoreError where it cannot be unpacked."""
        with self._told(entry.path(name)), self._archive.open(self._infos[entry.path(name)]) as file:
            yield file

    def refusal(self, name: str, why: str) -> StoreError:
        return StoreError(f"{self._path}: {printable(name)} {why}")

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        try:
            yield
        except _FAULTS as error:
            raise self.refusal(name, f"is damaged: {error}") from error

    def _listed(self) -> dict[str, zipfile.ZipInfo]:
        infos: dict[str, zipfile.ZipInfo] = {}
        for info in self._archive.infolist():
            if info.filename in infos:
                raise self.refusal(info.filename, "is there twice")
            if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
                raise self.refusal(info.filename, "is encrypted, or packed in a way that callcoach does not use")
            infos[info.filename] = info
        return infos

    def _read_manifest(self) -> Manifest:
        info = self._infos.get(MANIFEST)
        if info is None:
            raise StoreError(f"{self._path} holds no calls of callcoach: it has no {MANIFEST}")
        if info.file_size > MOST_MANIFEST_BYTES:
            raise self.refusal(MANIFEST, f"is larger than {MOST_MANIFEST_BYTES:,} bytes")
        with self._told(MANIFEST):
            text = self._archive.read(info)
        try:
            manifest = MANIFEST_JSON.validate_json(text, strict=True)
        except ValidationError as error:
            raise self.refusal(MANIFEST, f"is none of callcoach: {first_fault(error)}") from None
        if manifest.format > FORMAT:
            raise StoreError(f"{self._path} was made by a newer callcoach ({printable(manifest.callcoach)})")
        return manifest

    def _check_names(self) -> None:
        """All that is in it, and nothing else, is what the manifest tells of its calls."""
        entries = self.manifest.calls
        ids = {entry.call_id for entry in entries}
        if not 1 <= len(entries) <= MOST_CALLS or len(ids) < len(entries):
            raise self.refusal(MANIFEST, f"tells of {len(entries)} calls; they must be 1 to {MOST_CALLS:,}, each once")
        wanted = {MANIFEST}
        for entry in entries:
            if not (1 <= len(entry.call_id) <= _LONGEST_ID and entry.call_id.isprintable()):
                raise self.refusal(MANIFEST, "tells of a call whose id is empty, too long or no text")
            names = set(entry.files)
            more = names - {*TEXTS, REVIEWS}
            if not set(TEXTS) <= names or len(more) > 1 or not more <= set(RECORDINGS):
                raise self.refusal(entry.folder, "has other files than a call has")
            wanted |= {entry.path(name) for name in names}
        for name in sorted(wanted ^ set(self._infos)):
            raise self.refusal(name, "is missing" if name in wanted else "is no file of these calls")
        if sum(info.file_size for info in self._infos.values()) > MOST_BYTES:
            raise StoreError(f"{self._path} holds more than {MOST_BYTES:,} bytes when it is unpacked")

    def _check(self, entry: CallEntry, name: str) -> None:
        path, wanted = entry.path(name), entry.files[name]
        info = self._infos[path]
        if info.file_size != wanted.bytes:
            raise self.refusal(path, f"has {info.file_size:,} bytes; the manifest says {wanted.bytes:,}")
        if name not in RECORDINGS and info.file_size > MOST_TEXT_BYTES:
            raise self.refusal(path, f"is larger than {MOST_TEXT_BYTES:,} bytes")
        begins = RECORDINGS.get(name, b"")
        if begins and info.compress_type != zipfile.ZIP_STORED:
            raise self.refusal(path, "is packed, as callcoach packs no recording")
        with self.open(entry, name) as file:
            found = summed(file)
        if found != wanted:
            raise self.refusal(path, "is not the file that the manifest tells of")
        with self.open(entry, name) as file:
            if file.read(len(begins)) != begins:
                raise self.refusal(path, "is no recording of its kind")


@contextmanager
def brought(path: Path) -> Iterator[BroughtCalls]:
    """Raises StoreError for what is no such zip, is damaged, or was made by a newer callcoach."""
    try:
        with path.open("rb") as file:
            _check_end(path, file)
            with zipfile.ZipFile(file) as archive:
                yield BroughtCalls(path, archive)
    except OSError as error:
        if error.filename is None:  # a place before the file's beginning, as a damaged directory tells
            raise StoreError(f"{path} is damaged: {error}") from error
        raise StoreError(f"{error.filename} cannot be read: {error.strerror}") from error
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} is no zip, or is damaged: {error}") from error


def _check_end(path: Path, file: IO[bytes]) -> None:
    """`zipfile` reads a whole directory before it says how much is in it: not one that is larger than any of ours.

    The last bytes tell its size; a larger one could only be told by the record of a zip of more than 4 GiB before them.
    https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT 4.3.16
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END - 20))
    tail = file.read()
    end = tail[-_END:]
    if not (end.startswith(b"PK\x05\x06") and end.endswith(b"\0\0")) or tail[:-_END].startswith(b"PK\x06\x07"):
        raise StoreError(f"{path} is no zip that callcoach has written, or is cut off")
    if int.from_bytes(end[12:16], "little") > _MOST_DIRECTORY_BYTES:
        raise StoreError(f"{path} tells of more files than {MOST_CALLS:,} calls have")
    file.seek(0)
