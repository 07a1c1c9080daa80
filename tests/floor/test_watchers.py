"""Who watches which floor."""

from __future__ import annotations

from pipeline.floor.watchers import Watcher, Watchers


def test_a_lead_of_another_team_now_is_gone_from_the_one_before() -> None:
    now_s = 100.0
    watchers = Watchers(lambda: now_s)
    with watchers.watching(Watcher("lead", "王敏", frozenset({"a"}))):
        assert (watchers.is_here("lead", "a"), watchers.leads("a")) == (True, ("王敏",))
    now_s += 5
    with watchers.watching(Watcher("lead", "王敏", frozenset({"b"}))), watchers.watching(Watcher("wall", None, None)):
        now_s += 25
        assert [watchers.gone_s("lead", team) for team in "ab"] == [30.0, 0.0]
        assert watchers.is_here("wall", "a")
