"""Lengths of containers made of chunks: WAV, RF64, Wave64, AIFF, AU and CAF.

A chunk longer than the file was cut off, unless its length is a placeholder: writers to a pipe leave 0, the largest
number, or what sox and arecord use for it. Where the length of the whole container fits the file, that of the chunk is
wrong instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.audio.sources.files.part import IMPOSSIBLE, Bytes, Part

_RIFF = (b"RIFF", b"RIFX", b"RF64", b"BW64")
_W64_RIFF = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")
_W64_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")
_DATA = (b"data", b"SSND")


@dataclass(frozen=True, slots=True)
class _Chunk:
    name: bytes
    length_at: int  # position of its length field,
    width: int  # of so many bytes
    body: int  # position of its content
    length: int  # as written


def _is_placeholder(length: int) -> bool:
    """Left by a streaming writer: 0, 0x7FFFF000 (sox), 0x80000000 (arecord), 0xFFFFFFFF, -1 in 64 bits."""
    return (
        length == 0
        or 0x7FFF_0000 <= length <= 0x8000_0100
        or 0xFFFF_0000 <= length <= 0xFFFF_FFFF
        or length >= IMPOSSIBLE
    )


def riff(file: Bytes, start: int) -> Part | None:
    head = file.at(start, 12)
    if head[:4] not in _RIFF or len(head) < 12:
        return None
    order = "big" if head[:4] == b"RIFX" else "little"
    total = int.from_bytes(head[4:8], order)  # type: ignore[arg-type]
    if head[8:12] != b"WAVE":
        there = file.size - start - 8
        is_cut = there < total - 1 and not _is_placeholder(total)
        part = Part("RIFF", start, None if _is_placeholder(total) else start + 8 + total)
        return _cut(part, total, there) if is_cut else part
    chunks = list(_riff_chunks(file, start + 12, order))
    data = next((c for c in chunks if c.name == b"data"), None)
    ds64 = next((c.body for c in chunks if c.name == b"ds64" and c.length >= 16), None)
    if ds64 is not None and total == 0xFFFF_FFFF:
        total = int.from_bytes(file.at(ds64, 8), "little")
    if ds64 is not None and data is not None and data.length == 0xFFFF_FFFF:
        data = replace(data, length=int.from_bytes(file.at(ds64 + 8, 8), "little"), length_at=ds64 + 8, width=8)
    return _judged(file, Part("WAV", start), data, start + 8 + total, _is_placeholder(total))


def wave64(file: Bytes, start: int) -> Part | None:
    head = file.at(start, 24)
    if head[:16] != _W64_RIFF or len(head) < 24:
        return None
    total = int.from_bytes(head[16:24], "little")
    data, at = None, start + 40
    while len(head := file.at(at, 24)) == 24:
        length = int.from_bytes(head[16:24], "little")
        if head[:4] == b"data" and head[4:16] == _W64_TAIL:
            data = _Chunk(b"data", at + 16, 8, at + 24, max(0, length - 24))
            break
        if length < 24:
            break
        at += length + -length % 8
    return _judged(file, Part("Wave64", start), data, start + total, _is_placeholder(total))


def aiff(file: Bytes, start: int) -> Part | None:
    head = file.at(start, 12)
    if head[:4] != b"FORM" or head[8:12] not in (b"AIFF", b"AIFC"):
        return None
    total = int.from_bytes(head[4:8], "big")
    data = next((c for c in _riff_chunks(file, start + 12, "big") if c.name == b"SSND"), None)
    part = _judged(file, Part("AIFF", start), data, start + 8 + total, _is_placeholder(total))
    if part.patches:  # FFmpeg requires the outer length to fit, too
        outer = min(file.size - start - 8, 0xFFFF_FFFF).to_bytes(4, "big")
        return replace(part, patches=(*part.patches, (start + 4, outer)))
    return part


def au(file: Bytes, start: int) -> Part | None:
    head = file.at(start, 12)
    if head[:4] != b".snd" or len(head) < 12:
        return None
    body, length = int.from_bytes(head[4:8], "big"), int.from_bytes(head[8:12], "big")
    return _judged(file, Part("AU", start), _Chunk(b"data", start + 8, 4, start + body, length), None, True)


def caf(file: Bytes, start: int) -> Part | None:
    if file.at(start, 4) != b"caff":
        return None
    part, at = Part("CAF", start), start + 8
    while len(head := file.at(at, 12)) == 12:
        length = int.from_bytes(head[4:12], "big")
        if head[:4] == b"caff":
            return replace(part, end=at)
        if head[:4] == b"data":
            part = _judged(file, part, _Chunk(b"data", at + 4, 8, at + 12, length), None, True)
            if part.promised is None or part.cut:
                return part
        elif not head[:4].isalnum():
            return part  # what follows is no chunk
        elif at + 12 + length > file.size and part.promised is not None:
            return replace(part, promised=None, cut=f"its chunk {head[:4].decode('ascii')} is incomplete")
        at += 12 + length
    return part


def _riff_chunks(file: Bytes, at: int, order: str) -> Iterator[_Chunk]:
    """The chunks up to and including the audio; what follows is not needed and may be beyond the file."""
    while len(head := file.at(at, 8)) == 8:
        length = int.from_bytes(head[4:8], order)  # type: ignore[arg-type]
        yield _Chunk(head[:4], at + 4, 4, at + 8, length)
        if head[:4] in _DATA:
            return
        at += 8 + length + length % 2


def _judged(file: Bytes, part: Part, data: _Chunk | None, total_end: int | None, is_open: bool) -> Part:
    """The part with its audio chunk checked. `total_end`: its end by the outer length, which `is_open` leaves open."""
    if data is None or data.body > file.size:
        return part
    there, fits = file.size - data.body, total_end is not None and not is_open and total_end <= file.size + 1
    to_the_end = replace(part, patches=((data.length_at, _written(part, data, there)),))
    if there < data.length - 1:
        if 0 < data.length < IMPOSSIBLE and _is_placeholder(data.length):
            return to_the_end
        if data.length >= 1 << 63:  # -1: unknown length
            return to_the_end
        return _wrong(to_the_end, data, there) if data.length >= IMPOSSIBLE or fits else _cut(part, data.length, there)
    end = data.body + data.length + data.length % 2
    if data.length == 0 and (total_end is None or is_open or total_end <= end < file.size):
        return to_the_end
    if _has_audio_behind(file, end, part.start):
        return _wrong(to_the_end, data, there) if data.length else to_the_end
    whole = [p for p in (end, end - data.length % 2, total_end) if p is not None and p < file.size]
    following = next((p for p in whole if file.at(p, 4) == file.at(part.start, 4)), None)
    return replace(part, end=following, promised=data.length, there=data.length)


def _has_audio_behind(file: Bytes, end: int, start: int) -> bool:
    """More than a tenth of the file follows the audio chunk and is neither a chunk nor another part.

    Then the length is too small: it was written before the recorder was killed.
    """
    rest, head = file.size - end, file.at(end, 8)
    if rest < 8 or rest * 10 < file.size or head[:4] == file.at(start, 4):
        return False
    length = min(int.from_bytes(head[4:], "little"), int.from_bytes(head[4:], "big"))
    return not all(32 <= byte < 127 for byte in head[:4]) or length > rest


def _written(part: Part, data: _Chunk, there: int) -> bytes:
    """The bytes of the true length, to replace the wrong one for the decoder."""
    if part.container == "Wave64":
        there += 24  # chunk lengths include their headers
    order = "little" if part.container in ("WAV", "Wave64") else "big"
    return min(there, (1 << 8 * data.width) - 1).to_bytes(data.width, order)  # type: ignore[arg-type]


def _wrong(part: Part, data: _Chunk, there: int) -> Part:
    return replace(part, odd=f"the header says {data.length:,} bytes of audio, {there:,} are there")


def _cut(part: Part, promised: int, there: int) -> Part:
    told = f"the header promises {promised:,} bytes of audio, {there:,} are there"
    return replace(part, promised=promised, there=there, cut=told)
