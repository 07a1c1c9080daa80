"""The names of calls: new ones never meet, old ones stay what they are."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from starlette.testclient import TestClient

from pipeline.audio.recording.recorder import recording_of
from pipeline.events.call import CallEnded
from pipeline.session.call_id import new_call_id
from tests.server.conftest import Centre

OLD = "20261122-101500-1f2e"


def test_an_id_is_a_uuid_of_version_7_and_none_comes_twice() -> None:
    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda _: new_call_id(), range(20_000)))
    assert len(set(ids)) == 20_000
    assert {(uuid.UUID(one).version, str(uuid.UUID(one)) == one) for one in ids} == {(7, True)}


def test_ids_of_one_thread_are_in_the_order_of_their_making() -> None:
    ids = [new_call_id() for _ in range(5_000)]
    assert ids == sorted(ids)


def test_ids_of_calls_of_an_archive_are_in_the_order_of_the_calls() -> None:
    moments = ["2026-11-27T08:00:00.500+08:00", "1969-12-31T23:00:00+00:00", "2026-11-27T00:00:01+00:00"]
    first, before, last = (new_call_id(moment) for moment in moments)
    assert sorted([first, before, last, new_call_id()])[:3] == [before, first, last]
    assert len({new_call_id(moments[0]) for _ in range(1_000)}) == 1_000
    assert (uuid.UUID(first).version, uuid.UUID(first).variant) == (7, uuid.RFC_4122)
    assert uuid.UUID(first).int >> 80 == 1_795_737_600_500


def test_old_and_new_ids_are_listed_read_and_played_side_by_side(
    client: TestClient, centre: Centre, tmp_path: Path
) -> None:
    """A new id begins with a smaller letter than the year of an old one: the order is that of the calls."""
    ids = [OLD, new_call_id(), "ticket 4711", new_call_id(), "20991231-235959-ffff"]
    for call_id in ids:
        centre.finished_call(call_id, [CallEnded(40, "finished")])
    listed = client.get("/api/calls").json()
    assert [call["call_id"] for call in listed] == ids[::-1]
    assert client.get("/api/calls/latest").json()["call_id"] == ids[-1]
    for call_id in ids:
        records = client.get(f"/api/calls/{call_id}/records").json()
        assert {record["call_id"] for record in records} == {call_id}
        (tmp_path / f"{call_id}.flac").write_bytes(b"")
        assert recording_of(tmp_path, call_id) == tmp_path / f"{call_id}.flac"
