"""The scheduler with a real worker process and the demo model: shared, fair, and robust against its loss."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.asr.engine.scheduler import Scheduler, SchedulerSettings
from pipeline.asr.engine.weights import DEMO_MODEL, settings_for
from pipeline.errors import AsrError
from pipeline.events.channels import Channel
from pipeline.ports import Pcm, Recognised, Utterance
from tests.sound import speech
from tests.waiting import wait_until

pytestmark = pytest.mark.model
STUCK_MS = 3_000  # a healthy worker is far quicker, also on a busy machine
GREETING, GOODBYE = "您好，请问有什么可以帮您？", "好的，谢谢，再见。"


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    made = Scheduler(
        DEMO_MODEL,
        "demo",
        settings_for("demo"),
        SchedulerSettings(slowest_guess_ms=STUCK_MS, stuck_ms=STUCK_MS, stuck_factor=0.1),
    )
    yield made
    made.close()


def of(call_id: str, pcm: Pcm, *, is_final: bool = True) -> Utterance:
    return Utterance(pcm, call_id, Channel.AGENT, is_final)


def text(found: Recognised) -> str:
    return "".join(w.text for w in found.words)


def test_two_calls_saying_different_things_never_share_a_word(scheduler: Scheduler) -> None:
    said = {"a": speech(GREETING, "f2"), "b": speech(GOODBYE, "f2")}
    asked = [(call_id, scheduler.ask(of(call_id, pcm))) for _ in range(10) for call_id, pcm in said.items()]
    heard = {call_id: {text(a.result()) for c, a in asked if c == call_id} for call_id in said}
    assert heard == {"a": {GREETING}, "b": {GOODBYE}}
    assert scheduler.figures().finals == 20


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("end", ["killed while it hears", "killed while idle", "stuck"])
def test_a_lost_worker_is_replaced_and_its_utterance_asked_again(scheduler: Scheduler, end: str) -> None:
    pcm = speech(GREETING, "f2")
    (pid,) = scheduler.pids
    os.kill(pid, signal.SIGKILL if end == "killed while idle" else signal.SIGSTOP)
    if end == "killed while idle":
        wait_until(lambda: scheduler.figures().restarts == 1)
    answer = scheduler.ask(of("a", pcm))
    if end == "killed while it hears":
        os.kill(pid, signal.SIGKILL)
    assert text(answer.result()) == GREETING
    assert scheduler.figures().restarts == 1
    assert scheduler.pids != [pid]
    assert scheduler.fault == ""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_recogniser_that_cannot_be_restarted_is_a_fault_and_requests_fail_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.symlink_to(DEMO_MODEL)
    quick = SchedulerSettings(retry_ms=(0, 10), give_up_after=2)
    scheduler = Scheduler(folder, "demo", settings_for("demo"), quick)
    try:
        folder.unlink()
        answer = scheduler.ask(of("a", speech(GREETING, "f2")))
        os.kill(scheduler.pids[0], signal.SIGKILL)
        first = scheduler.ask(of("b", np.zeros(16_000, np.int16)))
        for waiting in (first, *([answer] if not answer.ready() else [])):
            with pytest.raises(AsrError):
                waiting.result()
        assert "cannot be loaded" in scheduler.fault
        assert not scheduler.has_room
        with pytest.raises(AsrError, match="cannot be loaded"):
            scheduler.ask(of("c", np.zeros(16_000, np.int16))).result()
        folder.symlink_to(DEMO_MODEL)
        wait_until(lambda: scheduler.fault == "")
        assert text(scheduler.ask(of("c", speech(GOODBYE, "f2"))).result()) == GOODBYE
    finally:
        scheduler.close()


def test_a_guess_that_would_take_too_long_is_not_made() -> None:
    scheduler = Scheduler(DEMO_MODEL, "demo", settings_for("demo"), SchedulerSettings(slowest_guess_ms=1))
    try:
        pcm = speech(GREETING, "f2")
        assert text(scheduler.ask(of("a", pcm)).result()) == GREETING
        wait_until(lambda: not scheduler.has_room)
        guess = scheduler.ask(of("a", pcm, is_final=False))
        assert guess.ready()
        assert guess.result() == Recognised()
        assert scheduler.figures().dropped_guesses == 1
    finally:
        scheduler.close()


def test_a_guess_is_answered_and_one_too_many_is_dropped(scheduler: Scheduler) -> None:
    pcm = speech(GREETING, "f2")
    guesses = [scheduler.ask(of("a", pcm, is_final=False)) for _ in range(5)]
    final = scheduler.ask(of("a", pcm))
    assert text(final.result()) == GREETING
    assert {text(g.result()) for g in guesses} <= {"", GREETING}
    wait_until(lambda: scheduler.has_room)


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_closing_while_it_recognises_answers_all_requests(scheduler: Scheduler, after: int) -> None:
    pcm = speech(GREETING, "f2")
    asked = [scheduler.ask(of(f"{number}", pcm)) for number in range(4)]
    wait_until(lambda: sum(answer.ready() for answer in asked) >= after)
    scheduler.close()
    for answer in asked:
        with contextlib.suppress(AsrError):  # closed, or its process was lost
            assert text(answer.result()) == GREETING


def test_after_closing_requests_fail_at_once(scheduler: Scheduler) -> None:
    scheduler.close()
    with pytest.raises(AsrError, match="closed"):
        scheduler.ask(of("a", np.zeros(100, np.int16))).result()
    scheduler.close()
