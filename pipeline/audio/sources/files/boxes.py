"""Lengths of containers made of nested boxes: MP4, Matroska/WebM and ASF."""

from __future__ import annotations

from dataclasses import replace

from pipeline.audio.sources.files.part import Bytes, Part

_MP4_FIRST = (b"ftyp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"styp")
_EBML, _SEGMENT, _CLUSTER, _VOID = 0x1A45DFA3, 0x18538067, 0x1F43B675, 0xEC
_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_ASF_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")


def mp4(file: Bytes, start: int) -> Part | None:
    if file.at(start + 4, 4) not in _MP4_FIRST:
        return None
    part, at, seen = Part("MP4", start), start, set[bytes]()
    while len(head := file.at(at, 16)) >= 8:
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if name == b"ftyp" and {b"moov", b"mdat"} <= seen:
            return replace(part, end=at)
        length = int.from_bytes(head[8:16], "big") if length == 1 else length or file.size - at
        if length < 8 or not name.isalnum():
            break  # what follows is no box
        if at + length > file.size:
            what = f"its box {name.decode('ascii')} has {length:,} bytes, {file.size - at:,} are there"
            # With fragments (moof) others may have followed: the missing amount is known for a single mdat only.
            known = length if name == b"mdat" and b"moof" not in seen else None
            part = replace(part, promised=known, there=file.size - at, cut=what)
        seen.add(name)
        at += length
    if b"moov" not in seen:
        return replace(part, promised=None, cut="its index (moov) is missing; it was cut or never finished")
    return part


def matroska(file: Bytes, start: int) -> Part | None:
    if int.from_bytes(file.at(start, 4), "big") != _EBML:
        return None
    part, at, is_open = Part("Matroska", start), start, False
    while (element := _element(file, at)) is not None:
        number, body, length = element
        if number == _EBML and at > start:
            return replace(part, end=at)
        if not is_open and number not in (_EBML, _SEGMENT, _VOID):
            break  # what follows is no element
        if length is None:
            is_open = True
            at = body  # of unknown length: continue with its content
            continue
        there = file.size - body
        if length > there:
            known = length if number == _SEGMENT else None
            what = f"an element of {length:,} bytes has {max(0, there):,}"
            return replace(part, promised=known, there=there, cut=what)
        at = body + length
    return part


def _element(file: Bytes, at: int) -> tuple[int, int, int | None] | None:
    """Id, position of the content, and its length (None: unknown). None where there is no element."""
    head = file.at(at, 12)
    if len(head) < 2 or head[0] < 0x10:
        return None
    width = 9 - head[0].bit_length()
    size_head = head[width : width + 1]
    if not size_head or size_head[0] == 0:
        return None
    size_width = 9 - size_head[0].bit_length()
    size = int.from_bytes(head[width : width + size_width], "big")
    largest = (1 << 7 * size_width) - 1
    length = size & largest
    return int.from_bytes(head[:width], "big"), at + width + size_width, None if length == largest else length


def asf(file: Bytes, start: int) -> Part | None:
    head = file.at(start, 30)
    if head[:16] != _ASF_HEADER or len(head) < 30:
        return None
    part, header_end = Part("ASF", start), start + int.from_bytes(head[16:24], "little")
    at, is_broadcast = start + 30, False
    while at < header_end and len(inner := file.at(at, 92)) >= 24:
        if inner[:16] == _ASF_FILE and len(inner) == 92:
            is_broadcast = bool(inner[88] & 1)  # a broadcast stream: its lengths are placeholders
        at += max(24, int.from_bytes(inner[16:24], "little"))
    data = file.at(header_end, 24)
    length = int.from_bytes(data[16:24], "little")
    there = file.size - header_end
    if data[:16] != _ASF_DATA or is_broadcast or there >= length:
        return part if data[:16] == _ASF_DATA else replace(part, cut="the file ends inside its header")
    told = f"the header promises {length:,} bytes of audio, {there:,} are there"
    return replace(part, promised=length, there=there, cut=told)
