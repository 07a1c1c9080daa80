"""kill -9 at fifty random moments of a call: what is left is whole to within its last second, every time."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import soundfile

from pipeline.audio.recording.recorder import RecordingSettings, recover
from pipeline.events.call import CallEnded, CallStarted
from pipeline.events.score import CallScored
from pipeline.ports import SAMPLE_RATE_HZ
from pipeline.session.aftercare import Aftercare
from pipeline.session.buses import NoBus
from pipeline.session.sessions import Sessions
from pipeline.store.sql import SqlStore
from tests.live.doomed import BEGUN, CALL_ID, ENDED, REACHED, RULEBOOK, Doomed, Format, run
from tests.live.talk import kept
from tests.waiting import LIMIT_S, let_pass, wait_until

SECOND = SAMPLE_RATE_HZ
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.live.doomed"])

When = Literal["during", "at_start", "at_consent", "in_finish"]
TIMES: dict[When, int] = {"during": 28, "at_start": 7, "at_consent": 7, "in_finish": 8}
MOMENTS = [when for when, times in TIMES.items() for _ in range(times)]


def killed(doomed: Doomed, when: When, dice: random.Random) -> tuple[int, bool]:
    """What the call had reached (ms of audio handed to it) when it was killed, and whether it had ended."""
    np.zeros(4, np.int64).tofile(doomed.folder / "progress")
    progress = doomed.progress()
    process = CONTEXT.Process(target=run, args=(doomed,), daemon=True)
    process.start()
    try:
        match when:
            case "during":
                at_ms = dice.randrange(0, doomed.until_ms - 300)
                wait_for(process, lambda: progress[REACHED] >= at_ms)
                let_pass(dice.uniform(0, 0.02))
            case "at_start":
                wait_for(process, lambda: progress[BEGUN])
                let_pass(dice.uniform(0, 0.03))
            case "at_consent":
                wait_for(process, lambda: progress[REACHED] >= doomed.consent_ms)
                let_pass(dice.uniform(0, 0.04))
            case "in_finish":
                wait_for(process, lambda: progress[ENDED])
                let_pass(dice.uniform(0, 0.004 if doomed.format == "flac" else 0.06))
    finally:
        process.kill()
        process.join(LIMIT_S)
    return int(progress[REACHED]), bool(progress[ENDED])


def wait_for(process: ForkServerProcess, come_true: Callable[[], object]) -> None:
    def is_so() -> bool:
        if come_true():
            return True
        assert process.is_alive(), "the call died before it was killed"
        return False

    wait_until(is_so, look_s=0.0005)


@dataclass(frozen=True, slots=True)
class Trial:
    doomed: Doomed
    when: When
    reached_ms: int
    has_ended: bool


def tried(number: int, folder: Path) -> Trial:
    when, dice = MOMENTS[number], random.Random(number)
    kind: Format = "opus" if number % 2 else "flac"
    consent_ms = 20 * dice.randrange(1, 75) if when == "at_consent" or number % 7 == 0 else 0
    doomed = Doomed(folder, dice.choice([2_000, 3_200]), consent_ms, kind)
    return Trial(doomed, when, *killed(doomed, when, dice))


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Future[Trial]]]:
    """Two at a time."""
    with ThreadPoolExecutor(2) as pool:
        yield [pool.submit(tried, number, tmp_path_factory.mktemp(f"trial{number}")) for number in range(len(MOMENTS))]


@pytest.mark.parametrize("number", range(len(MOMENTS)))
def test_kill_9_costs_at_most_the_last_second(number: int, trials: list[Future[Trial]]) -> None:
    trial = trials[number].result()
    print(trial)
    assert_recording_is_left(trial.doomed, trial.reached_ms)
    assert_call_is_closed(trial.doomed, trial.reached_ms, trial.has_ended)


def assert_recording_is_left(doomed: Doomed, reached_ms: int) -> None:
    """Compared with what the call had been handed in the instant it died: neither more nor a second less."""
    folder = doomed.folder / "recordings"
    wav, done = folder / f"{CALL_ID}.wav", folder / f"{CALL_ID}.{doomed.format}"
    reached = reached_ms * SAMPLE_RATE_HZ // 1000
    wanted = reached - SECOND if reached_ms - doomed.consent_ms > 1_000 else 0  # less than a second was recorded
    if wav.exists():  # as it is, before anything was mended
        assert wanted <= (wav.stat().st_size - 44) // 4 <= reached
        assert assert_is_of_the_call(wav, doomed) <= reached  # its header counts what the disk had time for
    recover(folder, RecordingSettings(format=doomed.format), kept)
    left = list(folder.glob("*"))
    assert left in ([done], []) if wanted == 0 else left == [done]
    if left:
        assert wanted <= assert_is_of_the_call(done, doomed) <= reached


def assert_is_of_the_call(file: Path, doomed: Doomed) -> int:
    pcm, _ = soundfile.read(file, dtype="int16", always_2d=True)
    expected = doomed.pcm
    expected[: doomed.consent_ms * SAMPLE_RATE_HZ // 1000] = 0
    if file.suffix != ".opus":
        assert np.array_equal(pcm, expected[: len(pcm)])
    return len(pcm)


def assert_call_is_closed(doomed: Doomed, reached_ms: int, has_ended: bool) -> None:
    """What `live` does at its next start."""
    store = SqlStore(doomed.folder / "calls.db")
    before = store.read(CALL_ID)
    aftercare = Aftercare(store, NoBus(), Sessions(), print)
    ended = aftercare.end_unfinished()
    records = store.read(CALL_ID)
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert store.unfinished() == []
    if not before:  # nothing was ever kept of it: there is no call
        assert reached_ms <= 40
        return
    assert isinstance(before[0].event, CallStarted)
    assert all(record.event.at_ms <= reached_ms for record in before)
    ends = [record.event for record in records if isinstance(record.event, CallEnded)]
    if ended:
        assert not has_ended
        assert records[:-1] == before
        assert ends == [records[-1].event] == [CallEnded(before[-1].event.at_ms, "interrupted")]
    else:
        assert ends == [CallEnded(doomed.until_ms, "finished")]
    aftercare.care(RULEBOOK)
    assert isinstance(store.read(CALL_ID)[-1].event, CallScored)
    assert store.unscored() == []
