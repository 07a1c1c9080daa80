"""One recogniser for all calls: a fair work queue in front of worker processes, which are monitored and replaced.

`ask` returns at once, from any thread. One thread per worker takes jobs from the queue, sends them to its worker and
sets the results, so that no decoding runs on an event loop, on a call's thread or under a lock.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pipeline.asr.engine.fair_queue import FairQueue, Job, QueueSettings
from pipeline.asr.engine.load import Load
from pipeline.asr.engine.weights import EngineSettings
from pipeline.asr.engine.worker import Worker, WorkerLost
from pipeline.errors import AsrError, ModelError
from pipeline.events.call import WordsTrust
from pipeline.events.words import SuppressedBecause
from pipeline.ports import SAMPLE_RATE_HZ, Recognised, Utterance
from pipeline.quantities import Count, Factor, Share, ShortMs, Times, within


@dataclass(frozen=True, slots=True)
class SchedulerSettings:
    """Number of workers, load up to which guesses are made, and when a worker counts as stuck."""

    workers: Annotated[int, within(1, 64)] = 1  # processes; each holds its own copy of the weights
    busy_share: Share = 0.5  # share of the workers' time; above it no guesses are made
    busy_window_ms: Annotated[int, within(100, 600_000)] = 4_000  # window over which that share is measured
    slowest_guess_ms: ShortMs = 500  # no guess that would take longer: it would be stale, and delay a final
    stuck_ms: Annotated[int, within(500, 600_000)] = 10_000  # a worker is stuck after this long without an answer,
    stuck_factor: Factor = 5.0  # plus so many times the window of the utterances
    retry_ms: Times = (0, 500, 2_000, 10_000, 30_000)  # wait before a restart, by number of failed ones
    give_up_after: Count = 3  # failed starts; then requests fail at once, while restarts go on
    queue: QueueSettings = field(default_factory=QueueSettings)


@dataclass(frozen=True, slots=True)
class SchedulerFigures:
    """Counters since the start of the scheduler, and its present state."""

    finals: int
    guesses: int
    dropped_guesses: int
    overdue: int  # finals moved behind those that can still be in time
    failed: int  # finals that ended with an error
    restarts: int
    waiting_finals: int
    waiting_s: float  # seconds of speech in the queue
    oldest_s: float  # age of the oldest final in the queue
    busy_share: float
    speech_s: float  # seconds of speech in recognised finals
    answer_s: float  # from request to result, summed over finals
    final_decode_s: float  # time of the workers for finals,
    guess_decode_s: float  # and for guesses
    suppressed: Mapping[SuppressedBecause, int]  # rejected texts of finals by reason


_LOOK_S = 1.0  # how often an idle worker is checked
_TYPICAL_GUESS = 4 * SAMPLE_RATE_HZ  # samples of an open turn


class _Answer:
    """A future as a `Pending`."""

    def __init__(self, future: Future[Recognised]) -> None:
        self._future = future

    def ready(self) -> bool:
        return self._future.done()

    def when_ready(self, tell: Callable[[], None]) -> None:
        self._future.add_done_callback(lambda done: tell())

    def result(self) -> Recognised:
        return self._future.result()


class Scheduler:
    """A Transcriber with worker processes. Thread-safe. `close` ends them; so does the end of this process."""

    def __init__(
        self,
        folder: Path,
        engine: str,
        engine_settings: EngineSettings,
        settings: SchedulerSettings | None = None,
        *,
        notice: str = "",
        trust: WordsTrust | None = None,
    ) -> None:
        """Returns when the first worker has loaded the model. Raises ModelError."""
        self.engine = engine
        self.notice = notice
        self.trust = trust
        self.fault = ""
        self._folder = folder
        self._engine_settings = engine_settings
        self._settings = settings or SchedulerSettings()
        self._queue = FairQueue(self._settings.queue)
        self._news = threading.Condition()
        self._closing = self._has_given_up = False
        self._load = Load(self._settings.busy_window_ms, self._settings.workers)
        self._finals = self._guesses = self._failed = self._restarts = 0
        self._speech_s = self._answer_s = self._final_s = self._guess_s = 0.0
        self._suppressed: Counter[SuppressedBecause] = Counter()
        self._workers: list[Worker | None] = [self._start_first(), *[None] * (self._settings.workers - 1)]
        for slot in range(self._settings.workers):
            threading.Thread(target=self._run, args=(slot,), name=f"recogniser-{slot}", daemon=True).start()
        atexit.register(self.close)

    # --- Transcriber -----------------------------------------------------------------------------------------

    @property
    def has_room(self) -> bool:
        """Whether guesses are welcome: no final waits, the workers are not busy, and a guess is quick."""
        with self._news:
            is_free = not self.fault and not self._queue.finals
            is_quick = self._is_quick(self._engine_settings.window_ms(_TYPICAL_GUESS))
            return is_free and is_quick and self._load.busy_share(time.monotonic()) < self._settings.busy_share

    def _is_quick(self, window_ms: int) -> bool:
        return self._load.expected_ms(window_ms) <= self._settings.slowest_guess_ms

    def ask(self, utterance: Utterance) -> _Answer:
        job = Job(utterance, self._engine_settings.window_ms(len(utterance.pcm)), time.monotonic())
        with self._news:
            try:
                if self._closing or self._has_given_up:
                    raise AsrError(self.fault or "the recogniser is closed")
                if utterance.is_final or self._is_quick(job.window_ms):
                    self._queue.put(job)
                else:
                    self._queue.drop(job)
            except AsrError as error:
                self._failed += 1
                job.answer.set_exception(error)
            self._news.notify()
        return _Answer(job.answer)

    # --- operation --------------------------------------------------------------------------------------------

    @property
    def pids(self) -> list[int]:
        return [worker.pid for worker in self._workers if worker is not None and worker.pid is not None]

    def figures(self) -> SchedulerFigures:
        with self._news:
            now_s = time.monotonic()
            return SchedulerFigures(
                self._finals, self._guesses, self._queue.dropped_guesses, self._queue.overdue, self._failed,
                self._restarts, self._queue.finals, round(self._queue.waiting_s, 3), self._queue.oldest_s(now_s),
                self._load.busy_share(now_s), self._speech_s, self._answer_s, self._final_s, self._guess_s,
                dict(self._suppressed),
            )  # fmt: skip

    def close(self) -> None:
        """Ends the workers; queued requests fail with AsrError. Idempotent."""
        atexit.unregister(self.close)
        with self._news:
            self._closing = True
            self._queue.give_up(AsrError("the recogniser is closed"))
            self._news.notify_all()
        for worker in self._workers:
            if worker is not None:
                worker.end()

    # --- a worker's thread -----------------------------------------------------------------------------------

    def _run(self, slot: int) -> None:
        failures = 0
        while not self._closing:
            worker = self._workers[slot]
            if worker is not None:
                failures = 0
                self._serve(slot, worker)
            elif not self._start(slot, self._settings.retry_ms[min(failures, len(self._settings.retry_ms) - 1)]):
                failures += 1
                if failures == self._settings.give_up_after:
                    self._give_up()

    def _serve(self, slot: int, worker: Worker) -> None:
        with self._news:
            jobs = self._queue.take(time.monotonic())
            if not jobs:
                self._news.wait(_LOOK_S)
        if jobs:
            self._hear(slot, worker, jobs)
        elif not worker.is_alive:
            self._lose(slot, [], worker.lost())

    def _hear(self, slot: int, worker: Worker, jobs: list[Job]) -> None:
        window_s = jobs[0].window_ms / 1000 * len(jobs)
        began_s = time.monotonic()
        first = jobs[0].utterance  # the queue never mixes finals and guesses, nor languages
        try:
            answers = worker.recognise(
                [job.utterance.pcm for job in jobs],
                self._settings.stuck_ms / 1000 + self._settings.stuck_factor * window_s,
                self._engine_settings.beam if first.is_final else 1,
                first.language,
                first.is_final,
            )
        except WorkerLost as error:
            self._lose(slot, jobs, error)
            return
        except AsrError as error:
            self._fail(jobs, error)
            return
        ended_s = time.monotonic()
        with self._news:
            self._load.add(ended_s, ended_s - began_s, window_s)
            self._count(jobs, answers, began_s, ended_s)
        for job, answer in zip(jobs, answers, strict=True):
            job.answer.set_result(answer)

    def _count(self, jobs: list[Job], answers: list[Recognised], began_s: float, ended_s: float) -> None:
        if not jobs[0].utterance.is_final:
            self._guesses += 1
            self._guess_s += ended_s - began_s
            return
        self._finals += len(jobs)
        self._final_s += ended_s - began_s
        self._speech_s += sum(job.samples for job in jobs) / SAMPLE_RATE_HZ
        self._answer_s += sum(ended_s - job.asked_s for job in jobs)
        self._suppressed.update(doubt.reason for answer in answers for doubt in answer.suppressed)

    def _lose(self, slot: int, jobs: list[Job], error: WorkerLost) -> None:
        """A worker was lost: its finals are queued once more, each alone, since one of them may be the cause."""
        self._workers[slot] = None
        with self._news:
            if self._closing:
                for job in jobs:
                    job.answer.set_exception(error)
                return
            self.fault = str(error)
            again = [job for job in jobs if job.utterance.is_final and job.tries == 0]
            for job in again:
                job.tries += 1
                self._queue.put_again(job)
        self._fail([job for job in jobs if job not in again], error)

    def _fail(self, jobs: list[Job], error: AsrError) -> None:
        for job in jobs:
            if job.utterance.is_final:
                self._failed += 1
                job.answer.set_exception(error)
            else:
                job.answer.set_result(Recognised())

    def _start_first(self) -> Worker:
        try:
            return Worker(self._folder, self._engine_settings)
        except WorkerLost as error:
            raise ModelError(f"{self._folder}: {error} while loading the model") from error

    def _start(self, slot: int, wait_ms: int) -> bool:
        with self._news:
            self._news.wait_for(lambda: self._closing, wait_ms / 1000)
        if self._closing:
            return False
        try:
            worker = Worker(self._folder, self._engine_settings)
        except (ModelError, AsrError) as error:
            self.fault = str(error)
            return False
        with self._news:
            if self._closing:
                worker.end()
                return False
            self._workers[slot] = worker
            self._restarts += 1
            self._has_given_up = False
            self.fault = ""
        return True

    def _give_up(self) -> None:
        """Fails all queued requests, because no worker could be started. Restarts go on."""
        with self._news:
            self._has_given_up = True
            self._failed += self._queue.finals
            self._queue.give_up(AsrError(self.fault))
