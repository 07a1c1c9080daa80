"""Users, teams and tokens: who may be added, changed and removed, and what is left of somebody."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy import select

from pipeline.errors import AccountRefused
from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.channels import Channel
from pipeline.events.hints import SilentCallStep
from pipeline.events.measures import AgentBaseline
from pipeline.people.directory import UserFields
from pipeline.people.entrance import LinkPurpose
from pipeline.people.permissions import MachineRole, Role
from pipeline.people.person import Person, Whose
from pipeline.store.schema import baselines, marked
from pipeline.store.views import SavedView, Views
from tests.people.conftest import DESK, PASSWORD, House
from tests.writing import add


def call(house: House, call_id: str, facts: CallFacts, *later: CallFacts, ended: bool = True) -> None:
    started = CallStarted(0, call_id, "2026-11-27T09:00:00+08:00", (Channel.AGENT,), facts, "r", "1", "s", "none")
    noted = [FactsNoted(20, one) for one in later]
    add(house.store, call_id, [started, *noted, *([CallEnded(40, "finished")] if ended else [])])


def refused(reason: str, act: Callable[[], object]) -> str:
    with pytest.raises(AccountRefused) as told:
        act()
    assert told.value.reason == reason
    return str(told.value)


def test_a_user_has_what_belongs_to_the_role(house: House) -> None:
    house.directory.add_team("A 组", "a")
    told = {"team": "a", "assigned": ("a",), "agent_id": "1", "telephone_id": "8001"}
    made = {role: house.directory.add(UserFields(role, role.title(), role, **told)) for role in (Role.ADMIN, Role.QA)}  # type: ignore[arg-type]
    assert made[Role.ADMIN].person == Person(made[Role.ADMIN].id, Role.ADMIN)
    assert made[Role.QA].person == Person(made[Role.QA].id, Role.QA, assigned=("a",))
    lead = house.directory.add(UserFields("lead", "Lead", Role.LEAD, **told))  # type: ignore[arg-type]
    agent = house.directory.add(UserFields("agent", "Agent", Role.AGENT, **told))  # type: ignore[arg-type]
    assert (lead.team, lead.agent_id, agent.team, agent.agent_id, agent.telephone_id) == ("a", None, "a", "1", "8001")
    changed = house.directory.change(agent.id, {"role": "lead"})
    assert (changed.team, changed.agent_id, changed.telephone_id) == ("a", None, None)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"login": "wang"}, "taken"), ({"login": " ＷANG"}, "taken"), ({"login": "a7"}, "taken"),
        ({"agent_id": "A7"}, "taken"), ({"agent_id": "wang"}, "taken"), ({"telephone_id": "8001"}, "taken"),
        ({"team": "nowhere"}, "no_team"), ({"team": "*"}, "no_team"), ({"login": ""}, "name"),
        ({"login": "two words"}, "name"), ({"login": "a/b"}, "name"), ({"name": "two\nlines"}, "name"),
        ({"login": "x" * 65}, "name"), ({"agent_id": "*"}, "name"),
        ({"login": "wang\u200b"}, "name"), ({"login": "wa\u00adng"}, "name"), ({"login": "\ufeffwang"}, "name"),
        ({"login": "wa\u200dng"}, "name"), ({"agent_id": "A7\u200b"}, "name"), ({"name": "Wang\u200b"}, "name"),
        ({"name": "王\u2060敏"}, "name"), ({"login": "wang\u3164"}, "name"), ({"login": "wang\ufe0f"}, "name"),
        ({"login": "wang\uffa0"}, "name"), ({"agent_id": "A7\u2800"}, "name"), ({"name": "\u3164"}, "name"),
        ({"name": "\u2800"}, "name"), ({"name": "Wang\U000e0100"}, "name"),
    ],
)  # fmt: skip
def test_what_is_somebody_elses_or_no_name_is_refused(house: House, fields: dict[str, str], reason: str) -> None:
    house.add("wang", agent_id="A7", telephone_id="8001")
    other = house.add("zhao", agent_id="8")
    before = house.directory.users()
    refused(
        reason, lambda: house.directory.add(UserFields(**{"login": "li", "name": "Li", "role": Role.AGENT} | fields))
    )  # type: ignore[arg-type]
    refused(reason, lambda: house.directory.change(other.id, fields))
    assert house.directory.users() == before


def test_the_last_administrator_who_can_sign_in_stays(house: House) -> None:
    first = house.first_admin().signed_in.person.id
    acts: list[Callable[[], object]] = [
        lambda: house.directory.remove(first),
        lambda: house.directory.change(first, {"role": Role.QA}),
        lambda: house.directory.change(first, {"is_disabled": True}),
    ]
    for act in acts:
        refused("last_admin", act)
    invited = house.add("second", Role.ADMIN, password=None)
    for act in acts:
        refused("last_admin", act)  # who was never here cannot be relied on
    assert house.directory.remove(invited.id).login == "second"
    house.add("third", Role.ADMIN)
    assert house.directory.remove(first).login == "zhengyan"
    assert [user.login for user in house.directory.users()] == ["third"]


def test_views_and_marks_go_with_whoever_kept_them(house: House) -> None:
    xu, he = house.add("xu", Role.QA), house.add("he", Role.QA)
    call(house, "a", CallFacts(agent_id="7"))
    views = Views(house.store.database)
    for user in (xu, he):
        views.put(user.id, SavedView("王敏的", "words=王敏"))
        views.mark(user.id, "a", is_marked=True)
    house.directory.remove(xu.id)
    marks = select(marked.c.user_id)
    with house.store.database.reading() as connection:
        assert connection.execute(marks).scalars().all() == [he.id]
    assert (views.of(xu.id), len(views.of(he.id))) == ([], 1)


def test_who_is_removed_is_gone_and_the_calls_stay(filed: House, path: Path) -> None:
    wang = filed.add("wang", agent_id="7", telephone_id="8001", team="a")
    mine, others = CallFacts(agent_id="7", agent_name="王敏", team="a"), CallFacts(agent_id="8", agent_name="赵明")
    call(filed, "ended", CallFacts(agent_id="7"), mine)
    add(filed.store, "ended", [SilentCallStep(60, 1, "say", "您好，我是王敏", "王敏还在", None, 5_000)])
    call(filed, "running", mine, ended=False)
    call(filed, "another's", others)
    with filed.store.database.writing() as connection:
        connection.execute(baselines.insert().values(asdict(AgentBaseline("7", 3, 2.5, 60_000, 180.0, 60_000))))
    opened = filed.accounts.sign_in("7", PASSWORD, DESK)
    filed.accounts.make_link(LinkPurpose.RESET, wang.id)
    filed.directory.remove(wang.id)
    assert filed.accounts.signed_in(opened.secret) is None
    left = filed.directory.user(wang.id)
    assert left is not None
    assert (left.login, left.name, left.agent_id, left.may_come_in) == ("", "", None, False)
    assert (filed.directory.users(), filed.store.baseline("7")) == ([], None)
    assert filed.store.whose("ended") == Whose("7", "a")
    names = {
        call_id: {
            e.facts.agent_name for r in filed.store.read(call_id) if isinstance(e := r.event, CallStarted | FactsNoted)
        }
        for call_id in filed.store.calls()
    }
    assert names == {"ended": {None}, "running": {"王敏"}, "another's": {"赵明"}}
    add(filed.store, "running", [CallEnded(60, "finished")])
    step = filed.store.read("ended")[-1].event
    assert isinstance(step, SilentCallStep)
    assert (step.say, step.next_say) == ("您好，我是__", "__还在")
    names_of_wang = ("wang", "王敏", "8001", "10.0.0.7")
    filed.store.database.sync(empties_log=True)  # of the call that was running
    kept = b"".join(path.read_bytes() for path in path.parent.iterdir())
    assert not [text for text in names_of_wang if text.encode() in kept]
    filed.store.close()
    kept = b"".join(path.read_bytes() for path in path.parent.iterdir())
    assert not [text for text in names_of_wang if text.encode() in kept]
    assert "赵明".encode() in kept
    refused("unknown", lambda: filed.again().directory.change(wang.id, {"name": "x"}))


def test_an_agent_id_with_calls_is_never_somebody_elses(house: House) -> None:
    wang = house.add("wang", agent_id="7")
    call(house, "a", CallFacts(agent_id="7"))
    house.directory.remove(wang.id)
    told = refused("held", lambda: house.add("zhao", agent_id="7"))
    assert "calls would be shown" in told
    house.directory.remove(house.add("li", agent_id="9").id)
    assert house.add("sun", agent_id="9").agent_id == "9"  # of whom there is no call
    call(house, "b", CallFacts(agent_id="10"))
    assert house.add("qian", agent_id="10").agent_id == "10"  # calls of before there were users
    house.directory.change(house.directory.user_named("qian").id, {"agent_id": "11"})  # type: ignore[union-attr]
    assert house.directory.change(house.directory.user_named("qian").id, {"agent_id": "10"}).agent_id == "10"  # type: ignore[union-attr]


def test_teams_keep_their_id_and_go_only_when_empty(house: House) -> None:
    a = house.directory.add_team("A 组", "a")
    b = house.directory.add_team("B组")
    assert (a.id, b.id, [team.name for team in house.directory.teams()]) == ("a", "B组", ["A 组", "B组"])
    for name, team_id in (("a", None), ("Ａ 组", "x"), ("c", "a"), ("bad/", None), ("", None), ("d", "*")):
        with pytest.raises(AccountRefused):
            house.directory.add_team(name, team_id)
    assert house.directory.rename_team("a", "甲组").id == "a"
    user, qa = house.add("wang", team="a"), house.add("qa", Role.QA, assigned=("a", "B组"))
    refused("not_empty", lambda: house.directory.remove_team("a"))
    house.directory.change(user.id, {"team": "B组"})
    house.directory.remove_team("a")
    assert house.directory.user(qa.id).assigned == ("B组",)  # type: ignore[union-attr]
    refused("unknown", lambda: house.directory.rename_team("a", "x"))


def test_who_is_disabled_is_out_at_once_and_may_come_back(house: House) -> None:
    user = house.add("wang")
    secret, before = house.accounts.sign_in("wang", PASSWORD, DESK).secret, house.accounts.changes()
    house.directory.change(user.id, {"is_disabled": True})
    assert house.accounts.signed_in(secret) is None
    assert house.again().accounts.changes() > before
    house.directory.change(user.id, {"is_disabled": False})
    assert house.accounts.signed_in(secret) is None
    assert house.accounts.sign_in("wang", PASSWORD, DESK)


def test_a_change_is_kept_with_what_is_noted_beside_it_or_not_at_all(house: House) -> None:
    before = house.accounts.changes()

    def add_and_fail() -> None:
        with house.store.database.together():
            house.directory.add(UserFields("wang", "Wang", Role.AGENT))
            raise RuntimeError("the audit refuses")

    with pytest.raises(RuntimeError, match="audit"):
        add_and_fail()
    assert (house.directory.users(), house.accounts.changes()) == ([], before)


def test_a_token_is_shown_once_and_readable_aloud(filed: House, path: Path) -> None:
    secret, token = filed.tokens.add("CTI 弹屏", MachineRole.TELEPHONE)
    assert secret.startswith("cc_telephone_")
    assert not set(secret.removeprefix("cc_telephone_")) & set("0O1lI")
    assert len(secret) == len("cc_telephone_") + 11 * 4 + 10
    refused("taken", lambda: filed.tokens.add("cti 弹屏", MachineRole.RECORDS))
    before = filed.again().accounts.changes()
    assert filed.tokens.revoke("CTI 弹屏").id == token.id
    assert filed.again().accounts.changes() > before
    assert filed.accounts.machine(secret) is None
    refused("unknown", lambda: filed.tokens.revoke("CTI 弹屏"))
    filed.tokens.add("CTI 弹屏", MachineRole.TELEPHONE)
    with sqlite3.connect(path) as connection:
        assert secret not in "\n".join(connection.iterdump())
    connection.close()


def test_the_token_of_an_earlier_version_is_entered_once(house: House) -> None:
    former = "the token of an earlier callcoach"
    house.tokens.keep_former(former)
    house.tokens.keep_former(former)
    assert [(token.name, token.role) for token in house.tokens.tokens()] == [("telephone", MachineRole.TELEPHONE)]
    assert house.accounts.machine(former) is not None
    house.tokens.keep_former("another one, after the first was lost")
    assert house.accounts.machine(former) is None
    house.tokens.revoke("telephone")
    house.tokens.keep_former("another one, after the first was lost")
    assert house.accounts.machine("another one, after the first was lost") is None
