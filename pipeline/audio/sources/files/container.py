"""Which container a file is, and the recordings in it, one after another."""

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
    """At least one; of a container not known here it is the whole file, and only decoding tells more."""
    with Bytes(path) as file:
        parts = [_part(file, 0)]
        while (end := parts[-1].end) is not None and parts[-1].start < end < file.size:
            following = _part(file, end)
            if following.container != parts[0].container:
                break  # what follows is no recording
            parts.append(following)
    return parts


def _part(file: Bytes, start: int) -> Part:
    for look in _CONTAINERS:
        if (part := look(file, start)) is not None:
            return part
    return Part("", start)
