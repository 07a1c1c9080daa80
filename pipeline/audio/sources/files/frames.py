"""Lengths of containers made of pages or frames: Ogg, MP3 and AMR."""

from __future__ import annotations

from dataclasses import replace

from pipeline.audio.sources.files.part import Bytes, Part

_AMR = {b"#!AMR\n": (13, 14, 16, 18, 20, 21, 27, 32, 6), b"#!AMR-WB\n": (18, 24, 33, 37, 41, 47, 51, 59, 61, 6)}
_RATES = (44_100, 48_000, 32_000)
_KBITS = {  # bit rates by (is MPEG version 1, layer)
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 1): tuple(range(32, 449, 32)),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
}  # fmt: skip


def ogg(file: Bytes, start: int) -> Part | None:
    """One link of a chained Ogg: up to the next page that begins a stream after pages with content."""
    if file.at(start, 4) != b"OggS":
        return None
    part, at, has_content, is_ended = Part("Ogg", start), start, False, False
    while at < file.size:
        head = file.at(at, 27 + 255 + 8)
        if head[:4] != b"OggS" or len(head) < 27:
            found = file.find(b"OggS", at)
            if found is None or found == at:
                return part if is_ended else replace(part, cut="it ends inside a page")
            at = found
            continue
        if head[5] & 2:
            if has_content:
                return replace(part, end=at)
            body = 27 + head[26]
            is_known = head[body:].startswith((b"OpusHead", b"\x01vorbis"))
            part = replace(part, is_sndfile=part.is_sndfile or is_known)
        else:
            has_content = True
        is_ended = bool(head[5] & 4)
        length = 27 + head[26] + sum(head[27 : 27 + head[26]])
        if at + length > file.size:
            return replace(part, cut=f"its last page has {length:,} bytes, {file.size - at:,} are there")
        at += length
    return part if is_ended else replace(part, unended="no page is marked as the last one")


def amr(file: Bytes, start: int) -> Part | None:
    magic = next((m for m in _AMR if file.at(start, len(m)) == m), None)
    if magic is None:
        return None
    sizes, part, at = _AMR[magic], Part("AMR", start), start + len(magic)
    while head := file.at(at, 1):
        if head[0] & 0x83 and file.at(at, 2) == magic[:2]:
            return replace(part, end=at)
        mode = head[0] >> 3 & 15
        length = sizes[mode] if mode < len(sizes) else 1
        if at + length > file.size:
            return replace(part, cut=f"its last frame has {length} bytes, {file.size - at} are there")
        at += length
    return part


def mp3(file: Bytes, start: int) -> Part | None:
    """A Xing, LAME or Fraunhofer (VBRI) header in the first frame has the numbers of frames and bytes."""
    at = start
    while len(tag := file.at(at, 10)) == 10 and tag[:3] == b"ID3":
        size = tag[6] << 21 | tag[7] << 14 | tag[8] << 7 | tag[9]
        at += 10 + size + (10 if tag[5] & 0x10 else 0)
    head = file.at(at, 256)
    if frame_bytes(head) is None:
        return None
    part = Part("MP3", start, there=file.size - at)
    xing = next((i for i in (13, 21, 23, 36) if is_xing(head[i : i + 4])), None)
    if xing is not None:
        flags, numbers = head[xing + 7], head[xing + 8 : xing + 16]
        frames = int.from_bytes(numbers[:4], "big") if flags & 1 else None
        count = numbers[4:] if flags & 1 else numbers[:4]
        return replace(part, frames=frames, promised=int.from_bytes(count, "big") if flags & 2 else None)
    if head[36:40] == b"VBRI":
        return replace(part, frames=int.from_bytes(head[50:54], "big"), promised=int.from_bytes(head[46:50], "big"))
    return part


def is_xing(content: bytes) -> bool:
    return content in (b"Xing", b"Info")


def frame_bytes(head: bytes) -> int | None:
    """Length of an MPEG audio or ADTS frame by its header; None when these bytes are no such header."""
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = 4 - (head[1] >> 1 & 3)
    if layer == 4:  # ADTS
        return (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5 if head[1] & 0xF0 == 0xF0 else None
    version = head[1] >> 3 & 3  # 0 is MPEG 2.5, 2 is MPEG 2, 3 is MPEG 1
    kbits_at, rate_at = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or kbits_at in (0, 15) or rate_at == 3:
        return None
    rate = _RATES[rate_at] >> {3: 0, 2: 1, 0: 2}[version]
    kbits, padding = _KBITS[version == 3, layer][kbits_at - 1], head[2] >> 1 & 1
    if layer == 1:
        return (12_000 * kbits // rate + padding) * 4
    return (144_000 if version == 3 or layer == 2 else 72_000) * kbits // rate + padding
