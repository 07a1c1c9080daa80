"""How well the shipped rules hear what was meant: precision and recall per rule on labelled sentences.

    python -m benchmarks.rules [--rules FILE] [--sentences FILE ...] [--json FILE] [--wrong]

The sentences are said as they are written, then with 10 % and 20 % of their syllables replaced, as a recogniser slips:
each by another common character (GB 2312, level 1) of the same toneless pinyin, drawn with a fixed seed, in innocent
sentences, too.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.rules.sentences import Figures, Outcome, by_kind, figures, judge, read, together, with_slips
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.folders import bundled

SHARES = (0.0, 0.1, 0.2)
OWN = Path(__file__).with_name("sentences.yaml")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=Path, default=bundled("rules", "handbook.yaml"))
    parser.add_argument("--sentences", type=Path, nargs="+", default=[OWN], help="by default our own")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--wrong", action="store_true", help="print each sentence that is judged wrong")
    options = parser.parse_args()
    book, told = load_rulebook(options.rules), {}
    for path in options.sentences:
        sentences = read(path, book)
        outcomes = {share: list(judge(book, with_slips(sentences, share))) for share in SHARES}
        show(path.name, outcomes)
        if options.wrong:
            show_wrong(outcomes[0.0])
        told[str(path)] = {f"{share:.0%}": as_json(found) for share, found in outcomes.items()}
    if options.json:
        options.json.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")


def show(title: str, outcomes: dict[float, list[Outcome]]) -> None:
    table = Table(title=f"{title}: {len(outcomes[0.0])} sentences", title_justify="left")
    for column in ("rule", *(f"{name} {share:.0%}" for share in SHARES for name in ("precision", "recall"))):
        table.add_column(column, justify="left" if column == "rule" else "right")
    by_rule = {share: figures(found) for share, found in outcomes.items()}
    for rule in by_rule[0.0]:
        table.add_row(rule, *_cells(by_rule[share][rule] for share in SHARES))
    for name, is_of in (("all bans", True), ("all others", False)):
        groups = [[of for rule, of in by_rule[s].items() if rule.startswith("ban-") is is_of] for s in SHARES]
        table.add_row(name, *_cells(map(together, groups)), style="bold")
    Console().print(table)
    for share, found in outcomes.items():
        kinds = "; ".join(f"{kind or 'unnamed'} {right} of {all_}" for kind, (right, all_) in by_kind(found).items())
        Console().print(f"judged right with {share:.0%} replaced: {kinds}", highlight=False)


def _cells(found: Iterable[Figures]) -> list[str]:
    return ["–" if value is None else f"{value:.2f}" for of in found for value in (of.precision, of.recall)]


def show_wrong(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if not outcome.is_right:
            given, wanted = sorted(outcome.heard), sorted(outcome.sentence.wanted)
            print(f"{outcome.sentence.said}\theard {given}, wanted {wanted}")


def as_json(outcomes: list[Outcome]) -> dict[str, object]:
    by_rule = figures(outcomes)
    bans = together(of for rule, of in by_rule.items() if rule.startswith("ban-"))
    others = together(of for rule, of in by_rule.items() if not rule.startswith("ban-"))

    def told(of: Figures) -> dict[str, object]:
        return {
            "precision": of.precision,
            "recall": of.recall,
            "right": of.right,
            "wrong": of.wrong,
            "missed": of.missed,
        }

    return {
        "bans": told(bans),
        "others": told(others),
        "rules": {rule: told(of) for rule, of in by_rule.items()},
        "classes": {kind: {"right": right, "all": every} for kind, (right, every) in by_kind(outcomes).items()},
    }


if __name__ == "__main__":
    main()
