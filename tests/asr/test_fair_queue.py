"""Finals before guesses, calls in turn, overdue finals last, nothing lost, and the queue is bounded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pipeline.asr.engine.fair_queue import FairQueue, Job, QueueSettings
from pipeline.errors import AsrError
from pipeline.events.channels import Channel
from pipeline.ports import Recognised, Utterance


def job(call_id: str, asked_s: float = 0.0, *, is_final: bool = True, window_ms: int = 3_000, seconds: int = 1) -> Job:
    pcm = np.zeros(seconds * 16_000, np.int16)
    return Job(Utterance(pcm, call_id, Channel.AGENT, is_final), window_ms, asked_s)


def taken(queue: FairQueue, now_s: float = 1.0) -> list[Job]:
    jobs: list[Job] = []
    while some := queue.take(now_s):
        jobs += some
    return jobs


def test_calls_take_turns_and_a_busy_call_does_not_delay_others() -> None:
    queue = FairQueue(QueueSettings(batch=1))
    for call_id in "aaaabbc":
        queue.put(job(call_id))
    assert "".join(j.utterance.call_id for j in taken(queue)) == "abcabaa"


def test_finals_go_before_guesses() -> None:
    queue = FairQueue(QueueSettings())
    queue.put(job("a", is_final=False))
    queue.put(job("b"))
    assert [j.utterance.is_final for j in taken(queue)] == [True, False]


def test_a_newer_guess_takes_the_place_of_the_older_and_a_final_ends_it() -> None:
    queue = FairQueue(QueueSettings())
    older, newer, other = job("a", is_final=False), job("a", is_final=False), job("b", is_final=False)
    for guess in (older, other, newer):
        queue.put(guess)
    assert older.answer.result() == Recognised()
    queue.put(final := job("b"))
    assert other.answer.result() == Recognised()
    assert taken(queue) == [final, newer]
    assert queue.dropped_guesses == 2


def test_what_can_be_in_time_goes_before_what_is_overdue_and_that_is_not_lost() -> None:
    queue = FairQueue(QueueSettings(overdue_ms=5_000, batch=1))
    late, later, fresh = job("a", 0.0), job("b", 1.0), job("a", 8.0)
    for final in (late, later, fresh):
        queue.put(final)
    assert taken(queue, now_s=10.0) == [fresh, late, later]
    assert queue.overdue == 2


def test_utterances_of_one_window_are_heard_together_one_of_each_call() -> None:
    queue = FairQueue(QueueSettings(batch=3))
    for call_id, window_ms in (("a", 3_000), ("a", 3_000), ("b", 4_000), ("c", 3_000), ("d", 3_000), ("e", 3_000)):
        queue.put(job(call_id, window_ms=window_ms))
    assert [[j.utterance.call_id for j in queue.take(1.0)] for _ in range(3)] == [["a", "c", "d"], ["b"], ["e", "a"]]


def test_jobs_of_a_lost_worker_are_next_and_alone() -> None:
    queue = FairQueue(QueueSettings())
    queue.put(job("a"))
    queue.put_again(again := job("b"))
    assert queue.take(1.0) == [again]


def test_a_full_queue_refuses_and_says_why() -> None:
    queue = FairQueue(QueueSettings(longest_s=3))
    for _ in range(3):
        queue.put(job("a"))
    with pytest.raises(AsrError, match="3 s of speech wait for words already"):
        queue.put(job("b"))
    queue.put(job("b", is_final=False))  # guesses are bounded anyway: one for each channel
    taken(queue)
    assert queue.waiting_s == 0
    queue.put(job("b"))


def test_giving_up_answers_everything() -> None:
    queue = FairQueue(QueueSettings())
    finals, guess = [job("a"), job("b")], job("c", is_final=False)
    queue.put_again(again := job("d"))
    for waiting in (*finals, guess):
        queue.put(waiting)
    queue.give_up(AsrError("gone"))
    assert guess.answer.result() == Recognised()
    assert all(isinstance(j.answer.exception(), AsrError) for j in (*finals, again))
    assert (len(queue), queue.waiting_s) == (0, 0)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans(), st.integers(0, 2), st.booleans())))
def test_every_final_is_taken_once_and_a_calls_finals_in_order_while_in_time(
    steps: list[tuple[str, bool, int, bool]],
) -> None:
    queue = FairQueue(QueueSettings(overdue_ms=1_000_000))
    put: list[Job] = []
    out: list[Job] = []
    for number, (call_id, is_final, window, takes) in enumerate(steps):
        put.append(job(call_id, float(number), is_final=is_final, window_ms=3_000 + 500 * window))
        queue.put(put[-1])
        if takes:
            out += queue.take(float(number))
    out += taken(queue, float(len(steps)))
    finals = [j for j in put if j.utterance.is_final]
    assert sorted(map(id, finals)) == sorted(id(j) for j in out if j.utterance.is_final)
    for call_id in "abcd":
        mine = [j.asked_s for j in out if j.utterance.call_id == call_id and j.utterance.is_final]
        assert mine == sorted(mine)
    left = [j for j in put if not j.utterance.is_final and j not in out]
    assert all(j.answer.done() for j in left)
    assert len(queue) == 0
