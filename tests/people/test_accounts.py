"""Sessions, links, passwords and tokens over the database that the server uses."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from pipeline.errors import AccountRefused
from pipeline.people.accounts import Accounts
from pipeline.people.entrance import FirstAdmin, LinkGone, LinkPurpose, Origin, TooManyTries, WrongPassword
from pipeline.people.keys import Token, digest, new_id, new_token
from pipeline.people.passwords import Passwords
from pipeline.people.permissions import MachineRole, Role
from pipeline.people.person import Person
from tests.people.conftest import DESK, PASSWORD, House

HOUR_S = 3_600


def test_the_first_link_makes_the_administrator_and_works_once(house: House) -> None:
    assert house.accounts.is_first_run()
    secret, link = house.accounts.make_link(LinkPurpose.FIRST)
    assert (link.purpose, link.login, link.name) == (LinkPurpose.FIRST, "", "")
    assert house.accounts.look(secret) == link
    first = FirstAdmin("锦和", "ＺhengYan", "郑岩")
    house.add("wang", agent_id="1001")
    with pytest.raises(AccountRefused, match="12 or more"):
        house.accounts.use(secret, "short", DESK, first)
    for login in ("Wang", "１００１"):
        with pytest.raises(AccountRefused, match="somebody else"):
            house.accounts.use(secret, PASSWORD, DESK, replace(first, login=login))
    for company in ("\u3164", "two\nlines"):
        with pytest.raises(AccountRefused, match="company is"):
            house.accounts.use(secret, PASSWORD, DESK, replace(first, company=company))
    opened = house.accounts.use(secret, PASSWORD, DESK, first)  # what was refused has not used it
    assert (opened.signed_in.login, opened.signed_in.person.role) == ("zhengyan", Role.ADMIN)
    assert (house.accounts.company(), house.accounts.is_first_run()) == ("锦和", False)
    for act in (lambda: house.accounts.look(secret), lambda: house.accounts.use(secret, PASSWORD, DESK, first)):
        with pytest.raises(LinkGone, match="used or has expired") as gone:
            act()
        assert gone.value.was_known
    with pytest.raises(AccountRefused, match="there is an administrator"):
        house.accounts.make_link(LinkPurpose.FIRST)


def test_a_link_is_known_to_every_process_and_expires(house: House) -> None:
    secret, link = house.again().accounts.make_link(LinkPurpose.FIRST)
    house.clock.now = link.expires_at - 1
    assert house.accounts.look(secret).purpose == LinkPurpose.FIRST
    house.clock.now = link.expires_at
    with pytest.raises(LinkGone) as gone:
        house.accounts.look(secret)
    assert gone.value.was_known
    with pytest.raises(LinkGone, match="no such link") as gone:
        house.accounts.look("never made")
    assert not gone.value.was_known


def test_a_newer_link_voids_the_one_before(house: House) -> None:
    before, _ = house.accounts.make_link(LinkPurpose.FIRST)
    after, _ = house.accounts.make_link(LinkPurpose.FIRST)
    with pytest.raises(LinkGone):
        house.accounts.look(before)
    house.accounts.look(after)


def test_a_desk_link_signs_in_at_once_and_sets_no_password(house: House) -> None:
    desk = house.add("desk", password=None, agent_id="desk")
    secret, _ = house.accounts.make_link(LinkPurpose.DESK, desk.id)
    with pytest.raises(LinkGone):
        house.accounts.use(secret, PASSWORD, DESK)
    opened = house.accounts.enter(secret, DESK)
    assert opened.signed_in.person == Person(desk.id, Role.AGENT, "desk")
    with pytest.raises(LinkGone):
        house.accounts.enter(secret, DESK)
    invited, _ = house.accounts.make_link(LinkPurpose.INVITE, desk.id)
    with pytest.raises(LinkGone):
        house.accounts.enter(invited, DESK)


def test_login_and_agent_id_both_sign_in_however_they_are_typed(house: House) -> None:
    user = house.add("linxiaowen", agent_id="A1027", team="a")
    for name in ("linxiaowen", " LinXiaowen", "ｌｉｎｘｉａｏｗｅｎ", "A1027"):
        opened = house.accounts.sign_in(name, PASSWORD, DESK)
        assert opened.signed_in.person == Person(user.id, Role.AGENT, "A1027", "a")
        assert house.again().accounts.signed_in(opened.secret) == opened.signed_in
    assert house.accounts.signed_in("") is None
    assert house.accounts.signed_in("unknown") is None


def test_a_wrong_name_and_a_wrong_password_are_told_alike(house: House) -> None:
    user = house.add("wang")
    told = []
    for name in ("wang", "nobody"):
        with pytest.raises(WrongPassword) as wrong:
            house.accounts.sign_in(name, "not the one", DESK)
        told.append((str(wrong.value), wrong.value.tries_left, wrong.value.wait_s))
        assert wrong.value.user_id == (user.id if name == "wang" else None)
    assert told[0] == told[1]
    for name in ("wang", "nobody"):
        waits = []
        for n in range(5):
            try:
                house.accounts.sign_in(name, "not the one", Origin(f"10.1.{n}.1"))
            except TooManyTries as error:
                waits.append(round(error.wait_s))
            except WrongPassword:
                pass
        assert waits == [30]


def test_somebody_without_a_password_or_disabled_is_nobody(house: House) -> None:
    invited = house.add("invited", password=None)
    user = house.add("wang")
    secret = house.accounts.sign_in("wang", PASSWORD, DESK).secret
    link, _ = house.accounts.make_link(LinkPurpose.RESET, user.id)
    with house.keeping.changing() as kept:
        kept.put_user(replace(user, is_disabled=True))
    for name in (invited.login, "wang"):
        with pytest.raises(WrongPassword):
            house.accounts.sign_in(name, PASSWORD, DESK)
    assert house.accounts.signed_in(secret) is None
    with pytest.raises(LinkGone):
        house.accounts.use(link, PASSWORD, DESK)
    with pytest.raises(AccountRefused):
        house.accounts.make_link(LinkPurpose.RESET, user.id)


def test_a_stranger_does_not_keep_out_who_was_here_before(house: House) -> None:
    house.add("wang")
    known = house.accounts.sign_in("wang", PASSWORD, DESK)
    house.accounts.sign_out(known.secret, DESK)
    stranger = Origin("203.0.113.9", earlier="not ours")
    for _ in range(5):
        with pytest.raises(WrongPassword):
            house.accounts.sign_in("wang", "guess", stranger)
    with pytest.raises(TooManyTries):
        house.accounts.sign_in("wang", PASSWORD, DESK)  # the same address shows nothing of before
    assert house.accounts.sign_in("wang", PASSWORD, replace(DESK, earlier=known.secret))
    house.add("zhao")
    for _ in range(5):
        with pytest.raises(WrongPassword):
            house.accounts.sign_in("zhao", "guess", stranger)
    with pytest.raises(TooManyTries):  # of another user's browser there is no count
        house.accounts.sign_in("zhao", PASSWORD, replace(DESK, earlier=known.secret))


def test_the_administrator_sees_a_wait_and_ends_it(house: House) -> None:
    wang, zhao = house.add("wang", agent_id="7"), house.add("zhao")
    for _ in range(5):
        with pytest.raises(WrongPassword):
            house.accounts.sign_in("7", "guess", DESK)
    house.clock.now += 10
    assert (house.accounts.wait_s(wang), house.accounts.wait_s(zhao)) == (20, 0)
    house.accounts.release(wang)
    assert house.accounts.wait_s(wang) == 0
    assert house.accounts.sign_in("7", PASSWORD, DESK)


def test_a_sign_in_ends_the_session_that_the_browser_had(house: House) -> None:
    house.add("wang")
    house.add("li")
    before = house.accounts.sign_in("wang", PASSWORD, DESK).secret
    elsewhere = house.accounts.sign_in("wang", PASSWORD, DESK).secret
    after = house.accounts.sign_in("li", PASSWORD, replace(DESK, earlier=before)).secret
    assert house.accounts.signed_in(before) is None
    assert house.accounts.signed_in(elsewhere) is not None
    assert house.accounts.signed_in(after) is not None


def test_a_session_that_is_only_looked_at_gets_idle(house: House) -> None:
    house.add("wang")
    secret = house.accounts.sign_in("wang", PASSWORD, DESK).secret
    for _ in range(2):
        house.clock.now += 6 * HOUR_S
        assert house.accounts.signed_in(secret, is_used=False) is not None
    house.clock.now += 1
    assert house.accounts.signed_in(secret, is_used=False) is None


def test_a_session_ends_when_idle_and_at_last_whatever_it_does(house: House) -> None:
    house.add("wang")
    secret = house.accounts.sign_in("wang", PASSWORD, DESK).secret
    other = house.accounts.sign_in("wang", PASSWORD, DESK).secret
    for _ in range(14 * 2 - 1):
        house.clock.now += 6 * HOUR_S
        assert house.accounts.signed_in(secret) is not None
    assert house.accounts.signed_in(other) is None
    house.clock.now += 7 * HOUR_S
    assert house.accounts.signed_in(secret) is None


def test_a_clock_that_was_ahead_leaves_no_session_behind(house: House) -> None:
    house.add("wang")
    secret = house.accounts.sign_in("wang", PASSWORD, DESK).secret
    house.clock.now -= HOUR_S
    assert house.accounts.signed_in(secret) is not None
    house.clock.now -= 30 * 24 * HOUR_S
    assert house.accounts.signed_in(secret) is None
    assert house.accounts.sessions(house.directory.user_named("wang").id) == []  # type: ignore[union-attr]


def test_being_seen_is_written_once_a_minute_and_is_no_change(house: House) -> None:
    house.add("wang")
    opened = house.accounts.sign_in("wang", PASSWORD, DESK)
    user_id, before = opened.signed_in.person.id, house.accounts.changes()
    seen = []
    for _ in range(4):
        house.clock.now += 30
        house.accounts.signed_in(opened.secret)
        (seen_at,) = (s.seen_at for s in house.accounts.sessions(user_id) if s.id == opened.signed_in.session_id)
        seen.append(house.clock.now - seen_at)
    assert seen == [30, 0, 30, 0]
    assert house.accounts.changes() == before


def test_a_password_that_changes_ends_the_other_sessions(house: House) -> None:
    house.add("wang")
    here = house.accounts.sign_in("wang", PASSWORD, DESK)
    there = house.accounts.sign_in("wang", PASSWORD, Origin("10.0.0.8"))
    with pytest.raises(WrongPassword):
        house.accounts.change_password(here.signed_in, "wrong", "another long one", DESK)
    with pytest.raises(AccountRefused, match="12 or more"):
        house.accounts.change_password(here.signed_in, PASSWORD, "short", DESK)
    house.accounts.change_password(here.signed_in, PASSWORD, "another long one", DESK)
    assert house.accounts.signed_in(here.secret) is not None
    assert house.accounts.signed_in(there.secret) is None
    with pytest.raises(WrongPassword):
        house.accounts.sign_in("wang", PASSWORD, DESK)
    assert house.accounts.sign_in("wang", "another long one", DESK)


@pytest.mark.parametrize("meanwhile", ["reset", "removed"])
def test_a_password_changed_meanwhile_is_not_overwritten(house: House, meanwhile: str) -> None:
    """Hashing takes its time: whoever has stolen the old password must not win against the owner's reset."""
    lin, stolen = house.add("lin"), "whatever the thief likes"
    thief = house.accounts.sign_in("lin", PASSWORD, DESK)
    secret, _ = house.accounts.make_link(LinkPurpose.RESET, lin.id)

    class Slow(Passwords):
        def encoded(self, password: str) -> str:
            if password == stolen and meanwhile == "reset":
                house.accounts.use(secret, "the owner's new one", DESK)
            elif password == stolen:
                house.directory.remove(lin.id)
            return super().encoded(password)

    slow = Accounts(house.keeping, passwords=Slow(PasswordHasher.from_parameters(CHEAPEST)), clock=house.clock)
    with pytest.raises(WrongPassword):
        slow.change_password(thief.signed_in, PASSWORD, stolen, DESK)
    with house.keeping.reading() as kept:
        encoded = kept.password(lin.id)
    if meanwhile == "reset":
        house.accounts.sign_in("lin", "the owner's new one", DESK)
    else:
        assert encoded is None


def test_a_reset_ends_all_sessions(house: House) -> None:
    user = house.add("wang")
    before = house.accounts.sign_in("wang", PASSWORD, DESK).secret
    link, told = house.accounts.make_link(LinkPurpose.INVITE, user.id)
    assert told.purpose == LinkPurpose.RESET
    after = house.accounts.use(link, "another long one", DESK).secret
    assert house.accounts.signed_in(before) is None
    assert house.accounts.signed_in(after) is not None


def test_sessions_are_listed_and_ended_by_their_owner_alone(house: House) -> None:
    wang, zhao = house.add("wang"), house.add("zhao")
    one = house.accounts.sign_in("wang", PASSWORD, Origin("10.0.0.8", "Firefox" * 100))
    assert ("10.0.0.8", 200) in [(s.address, len(s.agent)) for s in house.accounts.sessions(wang.id)]
    assert not house.accounts.end_session(zhao.id, one.signed_in.session_id)
    assert house.accounts.end_session(wang.id, one.signed_in.session_id)
    assert not house.accounts.end_session(wang.id, one.signed_in.session_id)
    assert house.accounts.signed_in(one.secret) is None
    house.accounts.end_sessions(wang.id)
    assert house.accounts.sessions(wang.id) == []


def test_a_password_encoded_with_former_parameters_is_encoded_anew(house: House) -> None:
    user = house.add("wang")
    former = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    with house.keeping.changing() as kept:
        kept.put_password(user.id, former)
    house.accounts.sign_in("wang", PASSWORD, DESK)
    with house.keeping.reading() as kept:
        assert kept.password(user.id) not in (None, former)
    house.accounts.sign_in("wang", PASSWORD, DESK)


def test_a_token_opens_for_its_machine_until_it_is_revoked(house: House) -> None:
    secret = new_token(MachineRole.RECORDS)
    token = Token(new_id(), digest(secret), "records", MachineRole.RECORDS, house.clock())
    with house.keeping.changing() as kept:
        kept.put_token(token)
    assert house.accounts.machine(f" {secret}\n") == Person(f"token:{token.id}", MachineRole.RECORDS)
    assert house.accounts.machine("cc_records_unknown") is None
    with house.keeping.reading() as kept:
        assert kept.tokens()[0].used_at == house.clock()
    with house.keeping.changing() as kept:
        kept.put_token(replace(token, revoked_at=house.clock()))
    assert house.again().accounts.machine(secret) is None


def test_every_change_raises_the_number_for_all_processes(house: House) -> None:
    user, other = house.add("wang"), house.again()
    opened = house.accounts.sign_in("wang", PASSWORD, DESK)
    acts: list[Callable[[], object]] = [
        lambda: house.accounts.sign_in("wang", PASSWORD, DESK),
        lambda: house.accounts.change_password(opened.signed_in, PASSWORD, "another long one", DESK),
        lambda: house.accounts.sign_out(opened.secret, DESK),
        lambda: house.accounts.end_sessions(user.id),
        lambda: house.accounts.make_link(LinkPurpose.RESET, user.id),
    ]
    for act in acts:
        before = other.accounts.changes()
        act()
        assert other.accounts.changes() > before


def test_whoever_shows_nothing_of_ours_changes_nothing(filed: House, path: Path) -> None:
    """Else anybody could keep the database busy, and each open socket with it."""
    ended = filed.accounts.sign_in(filed.add("wang").login, PASSWORD, DESK).secret
    filed.accounts.sign_out(ended, DESK)
    before = filed.accounts.changes()
    with sqlite3.connect(path) as busy:
        busy.execute("BEGIN IMMEDIATE")  # somebody else writes: neither waits for them
        for secret in ("of nobody", ended):
            filed.accounts.sign_out(secret, DESK)
        with pytest.raises(LinkGone):
            filed.accounts.enter("of nobody", DESK)
    busy.close()
    assert filed.accounts.changes() == before


def test_no_secret_and_no_password_is_in_the_file(filed: House, path: Path) -> None:
    opened = filed.first_admin()
    link, _ = filed.accounts.make_link(LinkPurpose.DESK, opened.signed_in.person.id)
    filed.store.close()
    with sqlite3.connect(path) as connection:
        text = "\n".join(connection.iterdump())
    connection.close()
    assert "zhengyan" in text
    assert not [secret for secret in (opened.secret, link, PASSWORD) if secret in text]
