"""What a call is told of the help that its agent asked for."""

from __future__ import annotations

from dataclasses import replace

from pipeline.events.help import HelpReceived, HelpTaken
from pipeline.floor.telling import note_of
from pipeline.store.cases import KeptCase

CASE = KeptCase("k", "1042", "a", "c", "help", "critical", 1_000, "")


def test_it_is_told_the_teams_goal_and_that_nobody_has_kept_it() -> None:
    assert note_of(CASE, "", ("王敏", "刘洋"), 90) == HelpReceived(0, ("王敏", "刘洋"), 90, is_escalated=False)
    late = replace(CASE, escalated_at=91_000)
    assert note_of(late, "", ("刘洋",), 90) == HelpReceived(0, ("刘洋",), 90, is_escalated=True)
    assert note_of(replace(late, taken_by="u"), "王敏", ("刘洋",), 90) == HelpTaken(0, "王敏", "u")
