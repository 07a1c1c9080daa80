"""A headset at which agents sign in: no call begins without one, and each call is of who is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.audio.capture.headset import Reading
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.errors import FactsError, NobodyHere
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel
from pipeline.session.auto_call import EdgeSettings
from pipeline.session.headset_desk import HeadsetDesk, LiveSettings
from pipeline.settings import CallSettings


class SilentHeadset:
    """`listened`: how often somebody waited for a first voice on it."""

    channels = (Channel.AGENT,)

    def __init__(self) -> None:
        self.listened = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def slices(self, from_s: float, is_over: Callable[[], bool]) -> Iterator[Any]:
        self.listened += 1
        assert not is_over()
        self.meanwhile()
        assert is_over()
        return iter(())

    def readings(self) -> dict[Channel, Reading]:
        return {Channel.AGENT: Reading("ok", "usb", "", 0.0, None)}

    def watch(self) -> None:
        pass

    def wake(self) -> None:
        pass


class Place:
    """`agent`: who is signed in."""

    def __init__(self, rulebook: Rulebook, *, is_auto: bool = False) -> None:
        self.agent: str | None = None
        self.headset = SilentHeadset()
        settings = LiveSettings(CallSettings(), EdgeSettings(), CallFacts(company="锦和"), is_auto, self.present)
        headset, nothing = cast(Any, self.headset), cast(Any, SimpleNamespace(consent=lambda team: "asked"))
        self.desk = HeadsetDesk(headset, NoTranscriber(), rulebook, settings, outlets=nothing)

    def present(self, standing: CallFacts) -> CallFacts | None:
        if self.agent is None:
            return None
        return replace(standing, agent_id=self.agent, agent_name=f"agent {self.agent}", team="a")


@pytest.fixture
def place(rulebook: Rulebook) -> Place:
    return Place(rulebook)


def test_no_call_begins_while_nobody_is_here(place: Place) -> None:
    with pytest.raises(NobodyHere, match="nobody is signed in"):
        place.desk.start({})
    assert place.desk.agent_id is None
    assert place.desk.status().facts == CallFacts(company="锦和")


def test_a_call_is_of_who_is_here_when_it_begins(place: Place) -> None:
    place.agent = "1027"
    assert place.desk.status().facts.agent_id == place.desk.agent_id == "1027"
    call = place.desk._begin({"customer_name": "陈女士"}, 0.0, "u-7")
    place.agent = "1031"
    assert call.facts == CallFacts(
        company="锦和", agent_id="1027", agent_name="agent 1027", team="a", customer_name="陈女士"
    )


def test_no_telephone_system_makes_it_another_agents(place: Place) -> None:
    place.agent = "1027"
    for other in ("1031", None):
        with pytest.raises(FactsError, match="at this desk sits '1027'"):
            place.desk.start({"agent_id": other})
    assert place.desk.status().call_id is None


def test_the_latest_call_is_of_who_is_here_alone(place: Place) -> None:
    place.agent = "1027"
    call = place.desk._begin({}, 0.0, "u-7")
    place.desk._is_over(call)(0, [])
    assert place.desk.latest() == call.call_id
    place.agent = "1031"
    assert place.desk.latest() is None
    place.agent = None
    assert place.desk.latest() is None
    place.agent = "1027"
    assert place.desk.latest() == call.call_id


def test_the_first_voice_is_waited_for_only_while_somebody_is_here(rulebook: Rulebook) -> None:
    place = Place(rulebook, is_auto=True)
    place.desk._next_call()
    assert place.headset.listened == 0
    for after in ("1031", None):  # the next agent, or nobody: a voice would be another's
        place.agent = "1027"
        place.headset.meanwhile = lambda after=after: setattr(place, "agent", after)
        place.desk._next_call()
    assert place.headset.listened == 2
