"""The figures a monitoring system fetches: those of the real recogniser, and that there is none."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from pipeline.asr.engine.scheduler import Scheduler
from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.asr.engine.weights import DEMO_MODEL, settings_for
from pipeline.events.channels import Channel
from pipeline.events.faults import OverloadNoted
from pipeline.people.permissions import MachineRole
from pipeline.ports import Transcriber, Utterance
from pipeline.server.app import Edges
from pipeline.server.metrics import RecogniserMetrics, new_registry
from tests.server.conftest import ADDRESS, Centre
from tests.sound import speech


def fetched(centre: Centre, transcriber: Transcriber) -> dict[str, float]:
    registry = new_registry()
    registry.register(RecogniserMetrics(transcriber))
    app = centre.make_app(Edges(metrics=registry))
    with TestClient(app, base_url=ADDRESS, headers=centre.bearer(MachineRole.METRICS)) as client:
        answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    samples = [s for family in text_string_to_metric_families(answer.text) for s in family.samples]
    return {s.name + "".join(s.labels.values()): s.value for s in samples}


@pytest.mark.model
def test_figures_of_a_recogniser_at_work(centre: Centre) -> None:
    scheduler = Scheduler(DEMO_MODEL, "demo", settings_for("demo"))
    try:
        pcm = speech("您好，请问有什么可以帮您？", "f2")
        scheduler.ask(Utterance(pcm, "a", Channel.AGENT, is_final=True)).result()
        told = fetched(centre, scheduler)
    finally:
        scheduler.close()
    name = "callcoach_recogniser_"
    assert told[name + "updemo"] == 1
    assert (told[name + "turns_total"], told[name + "answer_seconds_count"]) == (1, 1)
    assert told[name + "speech_seconds_total"] == pytest.approx(len(pcm) / 16_000)
    assert 0 < told[name + "decode_seconds_totalturn"] <= told[name + "answer_seconds_sum"]
    assert (told[name + "waiting_turns"], told[name + "restarts_total"]) == (0, 0)


def test_whether_the_machine_keeps_up_with_its_calls(centre: Centre) -> None:
    sessions = [centre.call(call_id).session for call_id in ("a", "b", "ended")]
    for session, behind_ms in zip(sessions, (0, 750, 60), strict=True):
        session.lag.add(0)
        session.lag.add(behind_ms)
    sessions[1].outbox.feed([OverloadNoted(40, 2, 750, 20)])
    centre.running.end("ended")
    told = fetched(centre, NoTranscriber())
    assert told["callcoach_slice_lag_worst_seconds"] == 0.75
    assert (told["callcoach_overload_level"], told["callcoach_overloaded_calls"]) == (2, 1)
    assert told["callcoach_slice_lag_seconds_bucket0.02"] == 4
    assert told["callcoach_slice_lag_seconds_bucket0.1"] == 5
    assert told["callcoach_slice_lag_seconds_count"] == 6
    assert told["callcoach_slice_lag_seconds_sum"] == pytest.approx(0.81)


def test_without_a_recogniser_it_says_so_and_tells_of_the_process(centre: Centre) -> None:
    told = fetched(centre, NoTranscriber())
    assert told["callcoach_recogniser_upnone"] == 0
    assert "callcoach_recogniser_turns_total" not in told
    assert told["process_resident_memory_bytes"] > 1e6
