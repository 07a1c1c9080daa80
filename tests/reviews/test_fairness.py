"""What would be unfair to the agent, or to whoever comes second, is refused."""

from __future__ import annotations

import pytest

from pipeline.people.permissions import Role
from pipeline.reviews.entries import (
    Act,
    AppealChecked,
    AppealDecided,
    Commented,
    ItemAppealed,
    ItemReopened,
    ReviewFinished,
    VerdictGiven,
)
from tests.reviews.stories import DAY_S
from tests.reviews.test_review import MET, MISSED, finished, refused


@pytest.mark.parametrize("agent", ["lin", None], ids=["by agent id", "by answer"])
@pytest.mark.parametrize(
    ("role", "act"),
    [
        (Role.LEAD, AppealChecked("name", True, "是我")),
        (Role.QA, AppealDecided("name", MET, "是我")),
        (Role.QA, VerdictGiven("name", MET, "是我")),
        (Role.QA, ReviewFinished()),
        (Role.LEAD, ItemReopened("name", "是我")),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_who_was_the_agent_of_a_call_judges_nothing_of_it_in_another_role(
    agent: str | None, role: Role, act: Act
) -> None:
    story = finished()
    story.agent = agent
    story.say("lin", ItemAppealed("name", MET, "在 00:04 说了"))
    story.now += 30 * DAY_S
    assert refused(lambda: story.say("lin", act, role=role)) == "own"
    story.say("lin", Commented("我现在是质检", rule="name"), role=role)


def test_nor_of_one_of_which_they_have_said_nothing() -> None:
    story = finished()
    assert refused(lambda: story.say("lin", VerdictGiven("name", MISSED), role=Role.QA)) == "own"
