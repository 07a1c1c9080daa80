"""Signing in at a desk: the centre says who it is, and what it said holds here, also without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.desk.shift import TOLD_AT_ONCE
from pipeline.desk_protocol.kinds import UP
from pipeline.desk_protocol.messages import ShiftOver, SignedIn
from pipeline.errors import AccountRefused, CentreAway
from pipeline.events.call import CallFacts
from pipeline.people.desks import SHIFT_S
from pipeline.people.directory import Directory, UserFields
from pipeline.people.entrance import LinkGone, Opened, Origin, TooManyTries, WrongPassword
from pipeline.people.permissions import Role
from pipeline.people.person import Person
from pipeline.store.people import SqlPeople
from tests.desk.centre import Desk, FakeCentre
from tests.ingest.conftest import Office
from tests.people.conftest import PASSWORD

HERE = Origin("127.0.0.1", "Chromium")
HOUR_S = 3_600


def sign_in(desk: Desk, login: str = "lin") -> Opened:
    desk.clock.now += 1  # whoever was here before had begun before
    return desk.entrance.sign_in(login, PASSWORD, HERE)


def agent_at(desk: Desk) -> str | None:
    facts = desk.shifts.present(CallFacts(company="锦和", direction="inbound"))
    assert facts is None or (facts.company, facts.direction) == ("锦和", "inbound")
    return facts.agent_id if facts is not None else None


def test_an_agent_is_here_as_the_centre_tells(desk: Desk, office: Office) -> None:
    assert agent_at(desk) is None
    lin = office.directory.user_named("lin")
    assert lin is not None
    opened = sign_in(desk)
    assert opened.signed_in.person == Person(lin.id, Role.AGENT, "1027", "a")
    assert (opened.signed_in.login, opened.signed_in.name) == ("lin", "Lin")
    assert desk.entrance.signed_in(opened.secret) == opened.signed_in
    assert desk.shifts.present(CallFacts()) == CallFacts(agent_id="1027", agent_name="Lin", team="a")
    assert (desk.entrance.company(), desk.entrance.is_first_run()) == ("锦和物业客服中心", False)


def test_the_shift_holds_offline_and_over_a_restart_until_its_end(desk: Desk, centre: FakeCentre) -> None:
    opened = sign_in(desk)
    centre.state = "away"
    desk.clock.now += SHIFT_S - 1
    desk.start()
    assert desk.entrance.signed_in(opened.secret) == opened.signed_in
    assert agent_at(desk) == "1027"
    desk.clock.now += 1
    assert agent_at(desk) is None
    assert desk.entrance.signed_in(opened.secret) is None
    with pytest.raises(CentreAway, match="has to wait") as away:
        sign_in(desk)
    assert away.value.reason == "centre_away"
    desk.start()
    assert agent_at(desk) is None


def test_a_clock_that_was_set_back_leaves_no_endless_shift(desk: Desk) -> None:
    sign_in(desk)
    desk.clock.now -= 10
    assert agent_at(desk) == "1027"
    desk.clock.now -= SHIFT_S
    assert agent_at(desk) is None


def test_the_next_agent_ends_shift_and_session_of_the_one_before(desk: Desk, office: Office) -> None:
    lin = sign_in(desk)
    zhao = sign_in(desk, "1031")
    assert desk.entrance.signed_in(lin.secret) is None
    assert desk.entrance.signed_in(zhao.secret) == zhao.signed_in
    assert agent_at(desk) == "1031"
    assert [one.agent_id for one in office.desks.open_shifts()] == ["1031"]


def test_while_a_call_runs_nobody_else_signs_in(desk: Desk, office: Office) -> None:
    lin = sign_in(desk)
    desk.is_calling = True
    with pytest.raises(AccountRefused, match="call of the agent before") as refused:
        sign_in(desk, "zhao")
    assert refused.value.reason == "desk_busy"
    assert desk.entrance.signed_in(lin.secret) == lin.signed_in
    again = sign_in(desk, "1027")  # the same agent, from another browser
    assert desk.entrance.signed_in(again.secret) == again.signed_in
    desk.is_calling = False
    sign_in(desk, "zhao")
    assert agent_at(desk) == "1031"


def test_a_call_that_begins_while_the_centre_is_asked_goes_on(desk: Desk, centre: FakeCentre, office: Office) -> None:
    sign_in(desk)
    centre.meanwhile = lambda: setattr(desk, "is_calling", True)
    with pytest.raises(AccountRefused, match="call of the agent before"):
        sign_in(desk, "zhao")
    assert agent_at(desk) is None  # the centre has ended that shift: its call goes on, no other begins
    assert office.desks.open_shifts() == []


def test_what_the_centre_refuses_is_told_as_it_says(desk: Desk, office: Office, centre: FakeCentre) -> None:
    with pytest.raises(WrongPassword) as wrong:
        desk.entrance.sign_in("lin", "not the one", HERE)
    assert (wrong.value.tries_left, wrong.value.user_id) == (4, None)
    office.add("xu", Role.QA)
    with pytest.raises(AccountRefused, match="https://coach.example.com") as role:
        sign_in(desk, "xu")
    assert role.value.reason == "desk_role"
    for _ in range(4):
        with pytest.raises(WrongPassword):
            desk.entrance.sign_in("lin", "not the one", HERE)
    with pytest.raises(TooManyTries):
        sign_in(desk)
    assert agent_at(desk) is None


def test_too_many_at_once_is_told_as_that(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.people.turns.WAITING", 0)
    with pytest.raises(CentreAway) as busy:
        sign_in(desk)
    assert busy.value.reason == "centre_busy"


def test_the_centre_is_told_of_a_sign_out_also_later(desk: Desk, office: Office, centre: FakeCentre) -> None:
    opened = sign_in(desk)
    centre.state = "away"
    desk.entrance.sign_out(opened.secret, HERE)
    assert desk.entrance.signed_in(opened.secret) is None
    assert agent_at(desk) is None
    assert len(office.desks.open_shifts()) == 1
    desk.start()
    centre.state = "connected"
    for said in desk.shifts.to_tell():
        assert centre.say(said)
    assert office.desks.open_shifts() == []
    desk.clock.now += SHIFT_S + 1
    assert desk.shifts.to_tell() == []


def test_a_desk_at_which_many_take_turns_says_no_more_sign_outs_at_once_than_are_taken(desk: Desk) -> None:
    for number in range(UP["sign_out"].at_once + 5):
        desk.clock.now += 60
        desk.shifts.begin(SignedIn("q", f"shift-{number}", f"u{number}", "lin", "Lin", "1027", "a", 43_200))
        desk.shifts.end(f"shift-{number}", "signed_out")
    told = desk.shifts.to_tell()
    assert told[0].shift == f"shift-{number}"
    assert len(told) == TOLD_AT_ONCE <= UP["sign_out"].at_once // 2


def test_a_sign_out_with_the_centre_there_is_told_at_once(desk: Desk, office: Office) -> None:
    opened = sign_in(desk)
    desk.entrance.sign_out("another secret", HERE)
    assert agent_at(desk) == "1027"
    desk.entrance.sign_out(opened.secret, HERE)
    assert office.desks.open_shifts() == []


def test_a_shift_that_the_centre_ends_lets_the_running_call_end(desk: Desk, office: Office, centre: FakeCentre) -> None:
    opened, before = sign_in(desk), desk.entrance.changes()
    centre.look()
    assert agent_at(desk) == "1027"
    desk.is_calling = True
    office.directory.change(opened.signed_in.person.id, {"is_disabled": True})
    centre.look()
    assert agent_at(desk) is None  # no other call begins
    assert desk.entrance.changes() > before
    assert desk.entrance.signed_in(opened.secret) == opened.signed_in  # its page stays
    desk.is_calling = False
    assert desk.entrance.signed_in(opened.secret) is None
    desk.is_calling = True
    assert desk.entrance.signed_in(opened.secret) is None


def test_a_shift_over_that_is_told_twice_or_of_another_changes_nothing(desk: Desk) -> None:
    sign_in(desk)
    before = desk.shifts.changes
    desk.shifts.over(ShiftOver("never", "account"))
    assert (agent_at(desk), desk.shifts.changes) == ("1027", before)


def test_a_desk_that_is_enrolled_anew_has_nobody(desk: Desk, office: Office, tmp_path: Path) -> None:
    opened = sign_in(desk)
    desk.centre.desk_id = office.desk("A-01 again")
    desk.start()
    assert agent_at(desk) is None
    assert desk.entrance.signed_in(opened.secret) is None


def test_whoever_had_the_name_here_before_is_gone(desk: Desk) -> None:
    directory = Directory(SqlPeople(desk.store.database), desk.clock)
    former = directory.add(UserFields("lin", "Somebody", Role.AGENT, agent_id="desk"))
    opened = sign_in(desk)
    assert directory.user_named("lin") is not None
    assert directory.user_named("lin").id == opened.signed_in.person.id  # type: ignore[union-attr]
    assert directory.user(former.id).removed_at is not None  # type: ignore[union-attr]
    again = sign_in(desk)
    assert again.signed_in.person == opened.signed_in.person


def test_links_open_nothing_at_a_desk(desk: Desk) -> None:
    for use in (
        lambda: desk.entrance.look("x"),
        lambda: desk.entrance.enter("x", HERE),
        lambda: desk.entrance.use("x", PASSWORD, HERE),
    ):
        with pytest.raises(LinkGone):
            use()


def test_in_which_shift_a_call_was_begun(desk: Desk, office: Office) -> None:
    lin = sign_in(desk)
    first = desk.shifts.newest()
    assert first is not None
    desk.clock.now += HOUR_S
    sign_in(desk, "zhao")
    desk.clock.now += HOUR_S
    sign_in(desk)
    second, now = desk.shifts.newest(), desk.clock.now
    assert second is not None
    assert desk.shifts.of("1027", now - HOUR_S) == desk.shifts.of("1027", first.begun_at + 5)
    assert desk.shifts.of("1027", now + 5) == second
    assert desk.shifts.of("1031", now + 5).agent_id == "1031"  # type: ignore[union-attr]
    assert desk.shifts.of("1027", 0.0).id == first.id  # type: ignore[union-attr]  # a clock that was dead
    assert desk.shifts.of("1099", now) is None
    assert desk.shifts.of(None, now) is None
    assert lin.signed_in.person.agent_id == "1027"
