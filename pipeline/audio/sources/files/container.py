"""Recognises the container of a file and lists its parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.audio.sources.files import boxes, chunks, frames
from pipeline.audio.sources.files.part import Bytes, Part

_CONTAINERS: tuple[Callable[[Bytes, int], Part | None], ...] = (
    chunks.riff, chunks.wave64, chunks.aiff, chunks.au, chunks.caf,
    frames.ogg, frames.amr, frames.mp3,
    boxes.matroska, boxes.asf, boxes.mp4,
)  # fmt: skip


def parts_of(path: Path) -> list[Part]:
    """The parts of a file, at least one; an unknown container is one part, which only decoding can check."""
    with Bytes(path) as file:
        parts = [_part(file, 0)]
        while (end := parts[-1].end) is not None and parts[-1].start < end < file.size:
            following = _part(file, end)
            if following.container != parts[0].container:
                break  # what follows is not audio
            parts.append(following)
    return parts


def _part(file: Bytes, start: int) -> Part:
    for look in _CONTAINERS:
        if (part := look(file, start)) is not None:
            return part
    return Part("", start)
