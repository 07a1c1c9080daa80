"""The order of recognition: finals before guesses, calls in turn (round robin), overdue finals last.

A plain data structure without thread or clock (`now_s` is passed in). The scheduler guards it with its lock.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Annotated

from pipeline.errors import AsrError
from pipeline.events.channels import Channel
from pipeline.ports import SAMPLE_RATE_HZ, Recognised, Utterance
from pipeline.quantities import Ms, within


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """Limits of the queue, and the batch size."""

    overdue_ms: Ms = 5_000  # a final waiting longer is too late for a hint: those that can be in time go first
    longest_s: Annotated[int, within(1, 36_000)] = 3_600  # speech in the queue (115 MB); more is refused with an error
    batch: Annotated[int, within(1, 64)] = 2  # utterances of one window decoded together; on a GPU try 8


@dataclass(slots=True, eq=False)
class Job:
    """A request and the future of its result."""

    utterance: Utterance
    window_ms: int
    asked_s: float
    answer: Future[Recognised] = field(default_factory=Future)
    tries: int = 0

    @property
    def samples(self) -> int:
        return len(self.utterance.pcm)

    def goes_with(self, other: Job) -> bool:
        """Whether the two can be recognised together."""
        return (self.window_ms, self.utterance.language) == (other.window_ms, other.utterance.language)


class FairQueue:
    """The waiting utterances of all calls. Not thread-safe."""

    def __init__(self, settings: QueueSettings) -> None:
        self._settings = settings
        self._again: deque[Job] = deque()  # their worker was lost: they are next, each alone
        self._finals: OrderedDict[str, deque[Job]] = OrderedDict()  # by call; the first call has its turn next
        self._overdue: deque[Job] = deque()
        self._guesses: dict[tuple[str, Channel], Job] = {}  # the newest of each channel, in the position of its first
        self._samples = 0  # in waiting finals
        self.dropped_guesses = 0
        self.overdue = 0  # number of finals that became overdue, since the start

    def put(self, job: Job) -> None:
        """A guess replaces an older one of its channel; a final drops the guess. Raises AsrError when full."""
        key = (job.utterance.call_id, job.utterance.channel)
        if not job.utterance.is_final:
            self._drop(key)
            self._guesses[key] = job
            return
        if self.waiting_s >= self._settings.longest_s:
            raise AsrError(f"{self.waiting_s:.0f} s of speech wait for words already: no more can be taken")
        self._drop(key)
        self._guesses.pop(key, None)
        self._finals.setdefault(job.utterance.call_id, deque()).append(job)
        self._samples += job.samples

    def drop(self, job: Job) -> None:
        """Answers a guess that there is no time for with an empty result."""
        job.answer.set_result(Recognised())
        self.dropped_guesses += 1

    def put_again(self, job: Job) -> None:
        self._again.append(job)
        self._samples += job.samples

    @property
    def waiting_s(self) -> float:
        """Seconds of speech in waiting finals."""
        return self._samples / SAMPLE_RATE_HZ

    @property
    def finals(self) -> int:
        return len(self._again) + len(self._overdue) + sum(map(len, self._finals.values()))

    def oldest_s(self, now_s: float) -> float:
        """Age of the oldest waiting final, s; 0.0 without one."""
        first = [self._again, self._overdue, *self._finals.values()]
        return max((now_s - jobs[0].asked_s for jobs in first if jobs), default=0.0)

    def __len__(self) -> int:
        return self.finals + len(self._guesses)

    def take(self, now_s: float) -> list[Job]:
        """Removes the next jobs: one, and others of the same window for its batch. Empty when none waits."""
        if self._again:
            jobs = [self._again.popleft()]
        elif not (jobs := self._next_finals(now_s)):
            if not self._guesses:
                return []
            return [self._guesses.pop(next(iter(self._guesses)))]
        self._samples -= sum(job.samples for job in jobs)
        return jobs

    def give_up(self, error: AsrError) -> None:
        """Empties the queue: finals fail with `error`, guesses get an empty result."""
        for job in [*self._again, *self._overdue, *(job for jobs in self._finals.values() for job in jobs)]:
            job.answer.set_exception(error)
        for key in list(self._guesses):
            self._drop(key)
        self._guesses.clear()
        self._again.clear()
        self._overdue.clear()
        self._finals.clear()
        self._samples = 0

    def _next_finals(self, now_s: float) -> list[Job]:
        """The oldest final of the next call, with those of further calls that go with it."""
        self._put_back(now_s)
        jobs: list[Job] = []
        for call_id in list(self._finals):
            first = self._finals[call_id][0]
            if jobs and not first.goes_with(jobs[0]):
                continue
            jobs.append(self._finals[call_id].popleft())
            self._finals.move_to_end(call_id)
            if not self._finals[call_id]:
                del self._finals[call_id]
            if len(jobs) == self._settings.batch:
                break
        if not jobs and self._overdue:
            jobs.append(self._overdue.popleft())
        return jobs

    def _put_back(self, now_s: float) -> None:
        """Moves finals that have waited too long behind all others."""
        limit_s = now_s - self._settings.overdue_ms / 1000
        for call_id, jobs in list(self._finals.items()):
            while jobs and jobs[0].asked_s < limit_s:
                self._overdue.append(jobs.popleft())
                self.overdue += 1
            if not jobs:
                del self._finals[call_id]

    def _drop(self, key: tuple[str, Channel]) -> None:
        if (older := self._guesses.get(key)) is not None:
            self.drop(older)
