"""Labelled dialogues through turn-taking and coach, as written: what came, what is wanted, what must not be.

    python -m benchmarks.rules.played [--dialogues FILE ...] [--rulebook FILE] [--all] [--json FILE]

No sound and no recogniser: words are as they are written, 0.6 s after their turn. Prints what is not right, with --all
what is right, too. Precision: of the hints, scripts and faults on the card that are judged, those that are wanted or
not forbidden. Recall: of what is wanted, what came in time.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.rules.dialogues import HERE, Dialogue, read_dialogues
from benchmarks.rules.judging import Finding, Judge
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.dialogues.playing import play
from pipeline.folders import bundled

WIDE = 200


def judged(dialogue: Dialogue, rulebook: Rulebook) -> list[Finding]:
    """Written words come to the millisecond, so nothing is granted."""
    return Judge(dialogue, rulebook, play(dialogue, rulebook), late_s=0.0, early_s=0.0).findings()


def summary(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.judgement for finding in findings)
    right, wrong, missed = counts["right"], counts["wrong"], counts["missed"] + counts["untimely"]
    precision = f"{right / (right + wrong):.2f}" if right + wrong else "-"
    recall = f"{right / (right + missed):.2f}" if right + missed else "-"
    told = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    homeless = sum(f.judgement == "missed" and f.note == "no rule has this item" for f in findings)
    known = f"{right / (right + missed - homeless):.2f}" if right + missed > homeless else "-"
    return f"{told}; precision {precision}, recall {recall}, of what some rule stands for {known}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dialogues", type=Path, nargs="+", default=[HERE / "dialogues.yaml"])
    parser.add_argument("--rulebook", type=Path, default=bundled("rules", "handbook.yaml"))
    parser.add_argument("--all", action="store_true", help="what is right, too, and what no rule stands for")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    console, rulebook = Console(), load_rulebook(options.rulebook)
    console = console if console.is_terminal else Console(width=WIDE)
    told, every = {}, list[Finding]()
    table = Table("call", "", "what", "at s", "say", "words", "note", title="Written dialogues")
    for path in options.dialogues:
        for dialogue in read_dialogues(path):
            found = judged(dialogue, rulebook)
            told[dialogue.id] = [asdict(finding) for finding in found]
            every += found
            for f in found:
                if options.all or f.judgement not in ("right", "not judged"):
                    at = "" if f.at_s is None else f"{f.at_s:.1f}"
                    table.add_row(dialogue.id, f.judgement, f.what, at, f.say, f.heard, f.note)
    console.print(table)
    for name, is_hint in (("hints", True), ("scripts, phases, card", False)):
        console.print(f"{name}: {summary([f for f in every if f.what.startswith('hint') is is_hint])}", highlight=False)
    if options.json:
        options.json.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
