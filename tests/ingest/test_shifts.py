"""Shifts at the centre: who may sign in at a desk, what ends a shift, and whose records are taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from pipeline.desk_protocol.messages import NotSignedIn, ShiftOver, SignedIn, SignIn, SignOut
from pipeline.events.call import CallFacts
from pipeline.ingest.shifts import TOLERATED_S, Answer
from pipeline.people.desks import SHIFT_S
from pipeline.people.entrance import Origin
from pipeline.people.permissions import Role
from tests.ingest.conftest import Office
from tests.people.conftest import PASSWORD

NETWORK = Origin("10.0.0.21", "callcoach 0.1")


def ask(office: Office, desk: str, login: str = "lin", password: str = PASSWORD) -> Answer:
    return asyncio.run(office.shifts.sign_in(desk, SignIn("1", login, password), NETWORK))


def begin(office: Office, desk: str, login: str = "lin") -> SignedIn:
    office.clock.now += 1  # whoever was there before had begun before
    said = ask(office, desk, login).said
    assert isinstance(said, SignedIn)
    return said


def test_an_agent_signs_in_by_login_or_agent_id(office: Office) -> None:
    desk = office.desk("A-01")
    lin = office.add("lin", agent_id="1027", team="a")
    for login in ("lin", "1027"):
        said = begin(office, desk, login)
        assert (said.user_id, said.login, said.name, said.agent_id, said.team) == (lin.id, "lin", "Lin", "1027", "a")
        assert said.for_s == SHIFT_S
    assert office.desks.shift_at(desk).id == said.shift  # type: ignore[union-attr]
    assert office.noted()[0] == (lin.id, "session.begin", None, "done", f'{{"desk":"{desk}"}}')
    assert office.directory.user(lin.id).signed_in_at == office.clock.now  # type: ignore[union-attr]


def test_a_wrong_password_costs_the_tries_of_the_page_and_is_slowed_with_it(office: Office) -> None:
    desk = office.desk("A-01")
    lin = office.add("lin", agent_id="1027")
    told = [ask(office, desk, login, "not the one").said for login in ("lin", "nobody")]
    assert told == [NotSignedIn("1", "wrong", 4), NotSignedIn("1", "wrong", 4)]
    for _ in range(4):
        ask(office, desk, "lin", "not the one")
    slowed = [ask(office, desk).said for _ in range(3)]  # with the right one
    assert slowed == [NotSignedIn("1", "slowed", wait_s=30.0)] * 3
    refused = [row[:4] for row in office.noted()]
    assert refused.count((None, "session.begin", lin.id, "refused")) == 5
    assert refused.count((None, "session.slow", None, "refused")) == 1
    office.clock.now += 31
    begin(office, desk)


def test_only_agents_sign_in_at_a_desk(office: Office) -> None:
    desk = office.desk("A-01")
    for role in (Role.QA, Role.LEAD, Role.ADMIN, Role.AGENT):  # an agent without an agent id has no calls
        office.add(str(role), role)
        assert ask(office, desk, str(role)).said == NotSignedIn("1", "role")
    assert office.desks.open_shifts() == []


def test_the_next_agent_ends_the_shift_and_elsewhere_ends_it_too(office: Office) -> None:
    first, second = office.desk("A-01"), office.desk("A-02")
    office.add("lin", agent_id="1027")
    office.add("zhao", agent_id="1031")
    lin = begin(office, first)
    office.clock.now += 1
    answer = ask(office, first, "zhao")
    assert answer.over == [(first, ShiftOver(lin.shift, "signed_out"))]
    zhao = answer.said
    assert isinstance(zhao, SignedIn)
    answer = ask(office, second, "zhao")
    assert answer.over == [(first, ShiftOver(zhao.shift, "elsewhere"))]
    assert office.shifts.meet(first, zhao.shift) == [ShiftOver(zhao.shift, "elsewhere")]
    assert isinstance(answer.said, SignedIn)
    assert office.shifts.meet(second, answer.said.shift) == []


def test_a_shift_of_which_its_desk_never_heard_ends_when_it_comes_again(office: Office) -> None:
    desk, other = office.desk("A-01"), office.desk("A-02")
    lin = office.add("lin", agent_id="1027")
    known = begin(office, desk).shift
    assert office.shifts.meet(desk, known) == []
    office.clock.now += 1
    unheard = begin(
        office, desk
    ).shift  # its answer was cut: the desk goes on in the one before, of which nothing is taken
    over = office.shifts.meet(desk, known)
    assert over == [ShiftOver(unheard, "signed_out"), ShiftOver(known, "signed_out")]
    assert office.desks.shift_at(desk) is None
    assert office.noted()[-1][:2] == (None, "session.end")
    assert office.shifts.meet(desk, known) == over
    office.clock.now += 1
    assert office.shifts.meet(other, begin(office, other).shift) == []
    assert office.desks.shift_of(lin.agent_id or "") is not None
    assert office.shifts.meet(other, known) == [ShiftOver(office.desks.newest_shift(other).id, "signed_out")]  # type: ignore[union-attr]


def test_a_sign_out_is_of_the_own_desk_and_counts_once(office: Office) -> None:
    first, second = office.desk("A-01"), office.desk("A-02")
    lin = office.add("lin", agent_id="1027")
    shift = begin(office, first).shift
    asyncio.run(office.shifts.sign_out(second, SignOut(shift), NETWORK))
    assert office.desks.shift_at(first) is not None
    for _ in range(2):
        asyncio.run(office.shifts.sign_out(first, SignOut(shift), NETWORK))
    asyncio.run(office.shifts.sign_out(first, SignOut("never"), NETWORK))
    assert office.desks.shift_at(first) is None
    told = f'{{"because":"signed_out","desk":"{first}"}}'
    assert [row for row in office.noted() if row[1] == "session.end"] == [(lin.id, "session.end", None, "done", told)]


@pytest.mark.parametrize(
    "change",
    [
        lambda office, user: office.directory.change(user.id, {"is_disabled": True}),
        lambda office, user: office.directory.remove(user.id),
        lambda office, user: office.directory.change(user.id, {"agent_id": "1099"}),
        lambda office, user: office.directory.change(user.id, {"role": Role.LEAD}),
        lambda office, user: office.accounts.set_password(user.id, "another one 7 bai yun"),
        lambda office, user: office.directory.change(user.id, {"team": office.directory.add_team("b").id}),
    ],
    ids=["disabled", "removed", "agent id", "role", "password", "team"],
)  # fmt: skip
def test_a_shift_ends_with_what_its_agent_may_do(office: Office, change: Callable[[Office, object], object]) -> None:
    desk, other = office.desk("A-01"), office.desk("A-02")
    lin = office.add("lin", agent_id="1027")
    office.add("zhao", agent_id="1031")
    shift = begin(office, desk).shift
    begin(office, other, "zhao")
    change(office, lin)  # within the half second, too, before anybody has looked
    assert office.shifts.look() == [(desk, ShiftOver(shift, "account"))]
    assert office.shifts.look() == []
    assert office.shifts.meet(desk, None) == [ShiftOver(shift, "account")]
    assert office.desks.shift_at(other) is not None


def test_another_name_ends_no_shift(office: Office) -> None:
    desk = office.desk("A-01")
    lin = office.add("lin", agent_id="1027", team="a")
    begin(office, desk)
    office.directory.change(lin.id, {"name": "林", "login": "xiaolin"})
    assert office.shifts.look() == []


def test_a_shift_that_has_lasted_long_enough_is_over(office: Office) -> None:
    desk = office.desk("A-01")
    office.add("lin", agent_id="1027")
    shift = begin(office, desk).shift
    assert office.shifts.look() == []
    office.clock.now += SHIFT_S - 1
    assert office.shifts.look() == []
    office.clock.now += 1
    assert office.shifts.meet(desk, shift) == [ShiftOver(shift, "expired")]
    assert office.shifts.look() == [(desk, ShiftOver(shift, "expired"))]


def test_records_are_taken_of_the_agent_of_the_shift_alone(office: Office) -> None:
    desk, other = office.desk("A-01"), office.desk("A-02")
    office.add("lin", agent_id="1027")
    shift, now = begin(office, desk).shift, office.clock.now

    def refused(desk_id: str = desk, shift_id: str = shift, agent: str | None = "1027", at: float = now) -> str | None:
        return office.shifts.refusal(desk_id, shift_id, [CallFacts(agent_id=agent)], at)

    office.clock.now += 2 * SHIFT_S
    assert refused() is None
    own, others = CallFacts(agent_id="1027"), CallFacts(agent_id="1031")
    assert office.shifts.refusal(desk, shift, [own, others], None) == "identity"  # in mid-call
    assert office.shifts.refusal(desk, shift, [], None) is None
    assert office.shifts.refusal(other, shift, [], None) == "identity"
    assert refused(desk_id=other) == "identity"
    assert refused(shift_id="never") == "identity"
    assert refused(agent="1031") == "identity"
    assert refused(agent=None) == "identity"
    assert refused(at=now + SHIFT_S + TOLERATED_S) is None
    assert refused(at=now + SHIFT_S + TOLERATED_S + 1) == "identity"
    office.clock.now = now
    asyncio.run(office.shifts.sign_out(desk, SignOut(shift), NETWORK))
    office.clock.now += SHIFT_S
    assert refused(at=now + TOLERATED_S) is None  # a call that ran goes on to its end, and clocks differ
    assert refused(at=now + TOLERATED_S + 1) == "identity"


def test_a_desk_whose_clock_has_died_is_known_all_the_same(office: Office) -> None:
    desk = office.desks.desk(office.desk("A-01"))
    assert desk is not None
    for offset_ms in (-1_795_860_000_000, 2**53):  # of 1970, and of nobody knows when
        office.desks.see(desk, desk.installation, "P\0C\n\x1b[31m", "callcoach", offset_ms)
        known = office.desks.desk(desk.id)
        assert known is not None
        assert (known.offset_ms, known.machine) == (offset_ms, r"P\x00C\n\x1b[31m")
