"""Wordings beside the bans: each is heard as it is meant."""

from __future__ import annotations

from pathlib import Path

from benchmarks.rules.sentences import judge, read
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.folders import bundled

WORDINGS = Path(__file__).with_name("wordings.yaml")


def test_wordings_are_heard_as_they_are_meant() -> None:
    rulebook = load_rulebook(bundled("rules", "handbook.yaml"))
    outcomes = list(judge(rulebook, read(WORDINGS, rulebook)))
    assert len(outcomes) > 100
    assert [outcome.sentence.said for outcome in outcomes if not outcome.is_right] == []
