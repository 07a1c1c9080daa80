"""Whose a call is, the same in every store: lists within an agent or teams, and the team it had when it ended."""

from __future__ import annotations

from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.channels import Channel
from pipeline.people.person import Whose, Within
from pipeline.store.archive import Archive
from tests.store.test_contract import turn
from tests.writing import add


def started(call_id: str, agent_id: str | None = None, team: str | None = None) -> CallStarted:
    facts = CallFacts(agent_id=agent_id, team=team)
    return CallStarted(0, call_id, "2026-11-27T09:00:00+08:00", (Channel.AGENT,), facts, "r", "1", "s", "none")


def test_calls_are_listed_within_an_agent_or_teams(store: Archive) -> None:
    for call_id, agent_id, team in [("a", "1", "x"), ("b", "2", "x"), ("c", "1", "y"), ("d", None, None)]:
        add(store, call_id, [started(call_id, agent_id, team)])
    add(store, "e", [turn(20)])
    listed = {
        Within("1"): ["c", "a"], Within(teams=("x",)): ["b", "a"], Within("2", ("y",)): ["c", "b"],
        Within(teams=("x", "y")): ["c", "b", "a"], Within(): [], Within("3", ("z",)): [],
    }  # fmt: skip
    assert {within: store.calls(within=within) for within in listed} == listed
    assert store.calls(1, 1, Within(teams=("x", "y"))) == ["b"]
    assert store.calls() == ["e", "d", "c", "b", "a"]
    assert [store.whose(call_id) for call_id in "ade"] == [Whose("1", "x"), Whose(), Whose()]
    assert store.whose("unknown") is None


def test_a_call_is_whose_its_last_facts_say_until_its_end(store: Archive) -> None:
    add(store, "a", [started("a", "1", "x"), FactsNoted(20, CallFacts(agent_id="2", team="y"))])
    assert store.whose("a") == Whose("2", "y")
    add(store, "a", [FactsNoted(40, CallFacts(agent_id="2", team="z")), CallEnded(60, "finished")])
    add(store, "a", [FactsNoted(60, CallFacts(agent_id="3", team="x"))])
    assert (store.whose("a"), store.calls(within=Within("3"))) == (Whose("2", "z"), [])
    owner = store.own("b")
    both = [started("b", "1", "x"), CallEnded(20, "finished"), FactsNoted(20, CallFacts(team="y"))]
    store.append("b", owner, 1, both)
    store.append("b", owner, 1, both)
    assert store.whose("b") == Whose("1", "x")
