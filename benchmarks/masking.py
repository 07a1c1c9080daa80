"""How much of what is private the masking finds: `python -m benchmarks.masking LINES.yaml` prints counts, never a line.

LINES.yaml: `- {text: …, private: [{kind: mobile, said: "the exact characters", form: written | spoken}]}`, in the order
in which it is said. Something private is found where all its characters but signs and spaces are masked as its kind. A
mask is right where at least half of its characters are private and of its kind.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.masking.masking import find
from pipeline.masking.private import Private


@dataclass(frozen=True, slots=True)
class Labelled:
    """`text[start:end]` is private, as whoever wrote the line says."""

    kind: str
    form: str
    start: int
    end: int


def labelled(line: dict[str, Any]) -> list[Labelled]:
    """The private passages of one line. Raises ValueError where one is not in the text."""
    found, at = [], 0
    for private in line["private"]:
        start = line["text"].index(private["said"], at)
        at = start + len(private["said"])
        found.append(Labelled(private["kind"], private["form"], start, at))
    return found


def _characters(passages: Iterable[Labelled | Private], text: str, kind: str) -> set[int]:
    return {at for one in passages if one.kind == kind for at in range(one.start, one.end) if text[at].isalnum()}


def counts(lines: Iterable[dict[str, Any]]) -> Counter[tuple[str, ...]]:
    """By ("said", kind, form), ("found", kind, form), ("masks", kind), ("right", kind); ("over",) counts characters."""
    counted: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        text, wanted, masks = line["text"], labelled(line), find(line["text"])
        for one in wanted:
            counted["said", one.kind, one.form] += 1
            counted["found", one.kind, one.form] += _characters([one], text, one.kind) <= _characters(
                masks, text, one.kind
            )
        for mask in masks:
            covered, private = _characters([mask], text, mask.kind), _characters(wanted, text, mask.kind)
            counted["masks", mask.kind] += 1
            counted["right", mask.kind] += 2 * len(covered & private) >= len(covered)
            counted["over",] += len(covered - private)
    return counted


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} = {part / whole:.3f}" if whole else "none"


def main(file: Path) -> None:
    lines = yaml.safe_load(file.read_text(encoding="utf-8"))
    counted = counts(lines)
    print(f"{len(lines)} lines, {sum(not line['private'] for line in lines)} of them without anything private")
    for form in ("written", "spoken"):
        kinds = sorted({key[1] for key in counted if key[0] == "said" and key[2] == form})
        said, found = ([counted[what, kind, form] for kind in kinds] for what in ("said", "found"))
        print(f"recall, {form}: {_share(sum(found), sum(said))}")
        for kind, part, whole in zip(kinds, found, said, strict=True):
            print(f"  {kind:10} {_share(part, whole)}")
    kinds = sorted({key[1] for key in counted if key[0] == "masks"})
    masks, right = ([counted[what, kind] for kind in kinds] for what in ("masks", "right"))
    print(f"precision: {_share(sum(right), sum(masks))}; {counted['over',]} characters masked beside what is private")
    for kind, part, whole in zip(kinds, right, masks, strict=True):
        print(f"  {kind:10} {_share(part, whole)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
