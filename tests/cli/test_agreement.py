"""`callcoach rules agreement`: how often people agree with each rule, in a terminal and as a table."""

from __future__ import annotations

import csv
from pathlib import Path

from pipeline.cli.people import House
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.people.permissions import Role
from pipeline.reviews.entries import VerdictGiven
from pipeline.reviews.keeping import Outline
from pipeline.reviews.review import Stage
from pipeline.store.reviews import SqlReviews
from pipeline.store.sql import SqlStore
from tests.cli.conftest import Shell
from tests.reviews.cards import CARD, MET
from tests.writing import add


def judged(team: str) -> None:
    """A call of that team in which somebody found another verdict on the name."""
    database = House.open().database
    started_at = "2026-11-22T09:00:00+08:00"
    begun = CallStarted(0, team, started_at, (Channel.AGENT,), CallFacts(team=team), "handbook", "1", "", "none")
    add(SqlStore(database), team, [begun, CallEnded(CARD.at_ms, "finished"), CARD])
    kept = SqlReviews(database)
    kept.add(team, "xu", Role.QA, VerdictGiven("name", MET, "在 00:04 说了"))
    kept.outline(team, Outline(Stage.REVIEWING, None, "xu", None, 0))


def test_where_nobody_has_judged_it_says_so(shell: Shell) -> None:
    assert shell("rules", "agreement")[:2] == (0, "nobody has judged a call yet: there is nothing to agree with\n")


def test_rules_are_told_with_how_many_were_judged(shell: Shell, tmp_path: Path) -> None:
    for team in ("a", "b"):
        shell("teams", "add", f"{team} 组", "--id", team)
        judged(team)
    lines = shell("rules", "agreement")[1].splitlines()
    assert lines[1].split()[:4] == ["name", "2", "0", "2"]  # judged, agreed, false
    assert "0%?" in lines[1]  # of too few to say much
    table = tmp_path / "rules.csv"
    assert shell("rules", "agreement", "--team", "a 组", "--csv", table)[0] == 0
    (row,) = csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines())
    assert (row["rule"], row["judged"], row["false_faults"], row["share"]) == ("name", "1", "1", "0.0")
    assert "nobody has judged" in shell("rules", "agreement", "--until", "2026-11-01")[1]


def test_what_is_no_day_and_cannot_be_written_is_one_line(shell: Shell, tmp_path: Path) -> None:
    judged("a")
    for wrong in (("--since", "gestern"), ("--csv", tmp_path), ("--team", "c")):
        code, _, err = shell("rules", "agreement", *wrong)
        assert (code, err.count("\n")) == (1, 1), err
