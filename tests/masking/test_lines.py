"""The lines the masking was developed on: each passage is found with its first and last character, and nothing else."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.masking import counts, labelled
from pipeline.masking.masking import find
from pipeline.masking.private import Kind

LINES = yaml.safe_load(Path(__file__).with_name("lines.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["text"][:30])
def test_what_is_private_is_found_and_nothing_else(line: dict[str, Any]) -> None:
    wanted = [(private.kind, line["text"][private.start : private.end]) for private in labelled(line)]
    assert [(private.kind, line["text"][private.start : private.end]) for private in find(line["text"])] == wanted


def test_every_kind_is_there_written_and_spoken_and_enough_is_innocent() -> None:
    forms = Counter((private.kind, private.form) for line in LINES for private in labelled(line))
    assert all(forms[kind, form] >= 7 for kind in Kind for form in ("written", "spoken"))
    assert sum(not line["private"] for line in LINES) >= 60


def test_the_judge_counts_what_is_missed_and_what_is_wrong() -> None:
    said = [{"kind": "mobile", "said": "2345678", "form": "written"}]
    counted = counts([{"text": "我住三栋五零二，2345678", "private": said}])
    assert counted["said", "mobile", "written"] == 1
    assert counted["found", "mobile", "written"] == 0
    assert (counted["masks", "address"], counted["right", "address"], counted["over",]) == (1, 0, 5)
