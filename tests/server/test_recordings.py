"""A recording over HTTP: in parts, by its head alone, in hours, and what is drawn of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from starlette.testclient import TestClient

from pipeline.events.call import CallFacts
from pipeline.people.permissions import Action
from pipeline.server.app import Edges
from pipeline.session.recordings import FolderRecordings
from tests.server.conftest import ADDRESS, SCORED, Centre, turn

AUDIO, PEAKS = "/api/calls/a/audio", "/api/calls/a/audio/peaks"
CONSENTS = CallFacts(recording_consent=True)
HOURS_BYTES = 4 * 3_600 * 32_000  # of one channel, not compressed


@pytest.fixture
def folder(centre: Centre, tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    folder.mkdir()
    centre.finished_call("a", [turn(20), SCORED], CONSENTS, engine="base")
    return folder


@pytest.fixture
def far(centre: Centre, folder: Path) -> Iterator[TestClient]:
    sound = np.random.default_rng(1).integers(-9_000, 9_000, (32_000, 2), np.int16)
    soundfile.write(folder / "a.flac", sound, 16_000)
    app = centre.make_app(Edges(recordings=FolderRecordings(folder)))
    with TestClient(app, base_url=ADDRESS, headers=centre.bearer()) as client:
        yield client


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=100-", 100, None), ("bytes=-10", -10, None), ("bytes=5-99999999", 5, None)],
)
def test_a_part_is_what_was_asked_for(far: TestClient, folder: Path, asked: str, first: int, last: int | None) -> None:
    body = (folder / "a.flac").read_bytes()
    wanted = body[first:] if last is None else body[first : last + 1]
    answer = far.get(AUDIO, headers={"range": asked})
    assert (answer.status_code, answer.content == wanted) == (206, True)
    begin = first % len(body)
    assert answer.headers["content-range"] == f"bytes {begin}-{begin + len(wanted) - 1}/{len(body)}"
    assert answer.headers["content-type"] == "audio/flac"


def test_beyond_its_end_there_is_nothing_and_its_length_is_told(far: TestClient, folder: Path) -> None:
    length = (folder / "a.flac").stat().st_size
    answer = far.get(AUDIO, headers={"range": f"bytes={length}-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{length}")


def test_a_part_of_another_recording_than_before_is_all_of_it(far: TestClient, folder: Path) -> None:
    body = (folder / "a.flac").read_bytes()
    whole = far.get(AUDIO)
    assert (whole.status_code, whole.content == body, whole.headers["accept-ranges"]) == (200, True, "bytes")
    assert whole.headers["cache-control"] == "no-store"  # what is deleted here is kept by no browser
    for tag, status in ((whole.headers["etag"], 206), (whole.headers["last-modified"], 206), ('"another"', 200)):
        answer = far.get(AUDIO, headers={"range": "bytes=0-9", "if-range": tag})
        assert (answer.status_code, len(answer.content)) == (status, 10 if status == 206 else len(body))


def test_its_head_tells_the_length_and_sends_nothing(far: TestClient, folder: Path) -> None:
    answer = far.head(AUDIO)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str((folder / "a.flac").stat().st_size)
    assert far.head("/api/calls/x/audio").status_code == 404


def test_hours_are_sent_piece_by_piece(centre: Centre, folder: Path) -> None:
    """460 MB, of which never more than a few are in memory."""
    with (folder / "a.flac").open("wb") as file:
        file.truncate(HOURS_BYTES)
    app = centre.make_app(Edges(recordings=FolderRecordings(folder)))
    sent, most, before = 0, 0, resident()

    async def send(message: dict[str, Any]) -> None:
        nonlocal sent, most
        sent += len(message.get("body", b""))
        most = max(most, resident())

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(name.encode(), value.encode()) for name, value in {"host": "127.0.0.1:8000", **centre.bearer()}.items()]
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": AUDIO, "raw_path": AUDIO.encode(), "query_string": b"", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    assert sent == HOURS_BYTES
    assert most - before < 64 << 20


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_what_is_drawn_comes_in_as_many_points_as_are_asked_for(far: TestClient) -> None:
    whole = far.get(PEAKS).json()
    assert (whole["per_ms"], whole["start_ms"], whole["duration_ms"]) == (20, 0, 2_000)
    assert [len(channel) for channel in whole["low"] + whole["high"]] == [100] * 4
    part = far.get(f"{PEAKS}?from_ms=500&to_ms=1500&points=10").json()
    assert (part["per_ms"], part["start_ms"], len(part["low"][1])) == (100, 500, 10)
    assert part["high"][0][0] == max(whole["high"][0][25:30])


def test_who_asked_for_what_is_not_there_has_not_listened(far: TestClient, centre: Centre, folder: Path) -> None:
    def listened() -> list[str | None]:
        return [row.object for row in centre.audit.rows() if row.action == Action.CALL_LISTEN]

    centre.finished_call("no", [turn(20)], CONSENTS)
    assert (far.get("/api/calls/no/audio").status_code, listened()) == (404, [])
    assert (far.get(AUDIO).status_code, listened()) == (200, ["a"])


@pytest.mark.parametrize("asked", ["points=0", "points=20001", "from_ms=-1", "points=x"])
def test_what_cannot_be_drawn_is_one_line(far: TestClient, asked: str) -> None:
    answer = far.get(f"{PEAKS}?{asked}")
    assert (answer.status_code, asked.split("=")[0] in answer.json()["detail"]) == (422, True)


def test_without_consent_or_recording_nothing_is_drawn(far: TestClient, centre: Centre, folder: Path) -> None:
    centre.finished_call("no", [turn(20)], CallFacts(recording_consent=False))
    (folder / "no.flac").write_bytes((folder / "a.flac").read_bytes())
    assert far.get("/api/calls/no/audio/peaks").status_code == 404
    FolderRecordings(folder).remove("a")
    assert [far.get(path).status_code for path in (AUDIO, PEAKS)] == [404, 404]
