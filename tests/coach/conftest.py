"""The shipped rulebook and two beginnings of a call."""

from __future__ import annotations

import pytest

from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.folders import bundled
from tests.coach.story import AGENT, CUSTOMER, Story

HANDBOOK = bundled("rules", "handbook.yaml")


@pytest.fixture(scope="session")
def handbook() -> Rulebook:
    return load_rulebook(HANDBOOK)


@pytest.fixture
def story(handbook: Rulebook) -> Story:
    return Story(handbook)


@pytest.fixture
def talk(story: Story) -> Story:
    """The customer has spoken and was answered: an ordinary call, 6 s old."""
    story.until(500).speaks(AGENT, 2_000, "您好，华安服务中心，请问有什么可以帮您")
    story.speaks(CUSTOMER, 1_000, "你好我想查一下订单")
    return story.until(6_000)
