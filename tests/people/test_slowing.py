"""Wrong passwords slow down and never lock; by a clock that the test moves."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pipeline.people.entrance import TooManyTries
from pipeline.people.slowing import (
    ADDRESS_TRIES,
    FORGOTTEN_S,
    LONGEST_WAIT_S,
    MOST_KEPT,
    NAME_TRIES,
    Key,
    Slowing,
)
from tests.people.conftest import Clock

WANG = Key.of_name("wang")
OFFICE = Key.of_address("10.0.0.7")


def tried(slowing: Slowing, *keys: Key) -> int | float:
    """Tries that are left, or the wait as a float."""
    try:
        return slowing.begin(keys)
    except TooManyTries as error:
        return float(error.wait_s)


def test_after_five_it_waits_longer_each_time_and_five_minutes_at_most() -> None:
    clock = Clock()
    slowing = Slowing(clock)
    assert [tried(slowing, WANG) for _ in range(7)] == [4, 3, 2, 1, 0, 30.0, 30.0]
    for wait_s in (60.0, 120.0, 240.0, 300.0, 300.0):
        clock.now += LONGEST_WAIT_S
        assert [tried(slowing, WANG), tried(slowing, WANG)] == [0, wait_s]
    clock.now += LONGEST_WAIT_S + FORGOTTEN_S + 1
    assert tried(slowing, WANG) == NAME_TRIES - 1


def test_the_right_one_forgets_what_was_wrong_of_the_name_and_not_of_the_address() -> None:
    slowing = Slowing(Clock())
    for n in range(ADDRESS_TRIES - 1):
        slowing.begin([Key.of_name(f"{n}"), OFFICE])
    slowing.begin([WANG, OFFICE])
    slowing.was_right(WANG, [OFFICE])
    assert tried(slowing, WANG) == NAME_TRIES - 1
    assert tried(slowing, OFFICE) == 0  # one left, and this is it
    assert tried(slowing, OFFICE) == 30.0


def test_many_at_once_are_no_way_round() -> None:
    """Counted before they are looked at: of a hundred that come together five are looked at."""
    slowing = Slowing(Clock())
    assert sum(type(tried(slowing, WANG)) is int for _ in range(100)) == NAME_TRIES


def test_an_address_is_a_network_and_release_ends_a_wait() -> None:
    assert Key.of_address("2001:db8:1:2::1") == Key.of_address("2001:db8:1:2:ffff::9")
    assert Key.of_address("2001:db8:1:3::1") != Key.of_address("2001:db8:1:2::1")
    assert Key.of_address("::ffff:10.0.0.7") == OFFICE
    assert Key.of_address("here").text == "address here"
    slowing = Slowing(Clock())
    for _ in range(NAME_TRIES):
        slowing.begin([WANG])
    assert slowing.wait_s(WANG) == 30.0
    slowing.release([WANG])
    assert (slowing.wait_s(WANG), tried(slowing, WANG)) == (0.0, NAME_TRIES - 1)


def test_a_flood_of_names_takes_little_memory() -> None:
    slowing = Slowing(Clock())
    for n in range(MOST_KEPT + 100):
        slowing.begin([Key.of_name(f"{n}")])
    assert len(slowing._counts) == MOST_KEPT


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["right", "wrong"]), st.floats(0, 400)), max_size=60))
def test_nobody_waits_longer_than_five_minutes_and_few_tries_get_through(steps: list[tuple[str, str, float]]) -> None:
    clock = Clock()
    slowing = Slowing(clock)
    wrong: dict[str, list[float]] = {name: [] for name in "abc"}
    for name, outcome, pause_s in steps:
        clock.now += pause_s
        key = Key.of_name(name)
        before = slowing.wait_s(key)
        assert 0 <= before <= LONGEST_WAIT_S
        if before > 0:
            assert tried(slowing, key) == pytest.approx(before)
            continue
        assert 0 <= slowing.begin([key]) < NAME_TRIES
        if outcome == "right":
            slowing.was_right(key, [])
            wrong[name] = []
            assert slowing.wait_s(key) == 0
        else:
            wrong[name].append(clock.now)
    for times in wrong.values():  # in half a minute no more than the tries without a wait, and one
        assert all(later - first >= 30 for first, later in zip(times, times[NAME_TRIES + 1 :], strict=False))
