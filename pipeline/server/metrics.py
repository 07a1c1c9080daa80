"""Metrics for a monitoring system: load, recogniser and records; no text and no audio of calls.

Prometheus' text format at /metrics (prometheus.io/docs/instrumenting/exposition_formats), with memory, handles and CPU
time of the process. Nothing is pushed: metrics leave the machine only when they are fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from pipeline.asr.engine.scheduler import Scheduler, SchedulerFigures
from pipeline.audio.sources.watched import BOUNDS_MS
from pipeline.people.permissions import Action
from pipeline.ports import Transcriber
from pipeline.server.needs import needs
from pipeline.session.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric taken from SchedulerFigures."""

    name: str
    help: str
    of: Callable[[SchedulerFigures], float]


COUNTERS = (
    Figure("turns", "Turns that got their words", lambda f: f.finals),
    Figure("turns_failed", "Turns that got no words: their worker failed twice, or the queue was full",
           lambda f: f.failed),
    Figure("turns_overdue", "Turns put behind others because their words were late already", lambda f: f.overdue),
    Figure("captions", "Captions of turns that went on", lambda f: f.guesses),
    Figure("captions_dropped", "Captions asked for and given up for newer ones", lambda f: f.dropped_guesses),
    Figure("restarts", "Workers that were lost or stuck and have been replaced", lambda f: f.restarts),
    Figure("speech_seconds", "Speech of turns that got their words", lambda f: f.speech_s),
)  # fmt: skip
GAUGES = (
    Figure("waiting_turns", "Turns waiting for words", lambda f: f.waiting_finals),
    Figure("waiting_speech_seconds", "Speech waiting for words", lambda f: f.waiting_s),
    Figure("oldest_wait_seconds", "How long the oldest of them has been waiting", lambda f: f.oldest_s),
    Figure("busy_share", "Share of the workers' time spent recognising, lately", lambda f: f.busy_share),
)


class LoadMetrics(Collector):
    """Lateness of slices and load shedding of the running calls."""

    def __init__(self, running: Sessions) -> None:
        self._running = running

    def collect(self) -> Iterator[Metric]:
        load = self._running.load()
        worst = "Lateness of the latest slice of the calls that run"
        yield GaugeMetricFamily("callcoach_slice_lag_worst_seconds", worst, value=load.worst_ms / 1000)
        level = "What is left out: 0 nothing, 1 captions, 2 words come later, 3 pitch; the highest of the calls"
        yield GaugeMetricFamily("callcoach_overload_level", level, value=load.level)
        yield GaugeMetricFamily("callcoach_overloaded_calls", "Calls that leave something out", value=load.overloaded)
        counts = list(accumulate(load.lag.counts))
        bounds = [*(str(bound / 1000) for bound in BOUNDS_MS), "+Inf"]
        lag = HistogramMetricFamily("callcoach_slice_lag_seconds", "Lateness of slices, by which they are handed over")
        lag.add_metric([], list(zip(bounds, counts, strict=True)), load.lag.total_ms / 1000)
        yield lag


class RecogniserMetrics(Collector):
    """The figures of the recogniser; without one, only that there is none."""

    def __init__(self, transcriber: Transcriber) -> None:
        self._transcriber = transcriber

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("callcoach_recogniser_up", "1 while words are recognised", labels=["engine"])
        up.add_metric([self._transcriber.engine], self._transcriber.engine != "none" and not self._transcriber.fault)
        yield up
        if isinstance(self._transcriber, Scheduler):
            yield from _families(self._transcriber.figures())


def _families(figures: SchedulerFigures) -> Iterator[Metric]:
    name = "callcoach_recogniser_{}".format
    for figure in COUNTERS:
        yield CounterMetricFamily(name(figure.name), figure.help, value=figure.of(figures))
    for figure in GAUGES:
        yield GaugeMetricFamily(name(figure.name), figure.help, value=figure.of(figures))
    yield SummaryMetricFamily(
        name("answer_seconds"), "From asking for a turn's words to having them", figures.finals, figures.answer_s
    )
    decoding = CounterMetricFamily(name("decode_seconds"), "The workers' time, by what it was for", labels=["kind"])
    decoding.add_metric(["turn"], figures.final_decode_s)
    decoding.add_metric(["caption"], figures.guess_decode_s)
    yield decoding
    doubted = CounterMetricFamily(name("suppressed"), "Texts nobody is believed to have said", labels=["reason"])
    for reason, count in sorted(figures.suppressed.items()):
        doubted.add_metric([reason], count)
    yield doubted


class RecordMetrics(Collector):
    """Number of records that are not stored yet."""

    def __init__(self, running: Sessions) -> None:
        self._running = running

    def collect(self) -> Iterator[Metric]:
        waiting = self._running.waiting()
        count = sum(outbox.count for outbox in waiting)
        yield GaugeMetricFamily("callcoach_records_unkept", "Records of calls that wait for the store", value=count)
        yield GaugeMetricFamily("callcoach_calls_unkept", "Calls with such records, running or ended", len(waiting))


def new_registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


def metrics_routes(registry: CollectorRegistry) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/metrics", dependencies=[Depends(needs(Action.METRICS_READ))])
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return routes
