"""Requests nobody would send: every one gets an answer that the OpenAPI document knows, none a 500."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
import pytest
import schemathesis
import soundfile
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings, strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from starlette.testclient import TestClient

from pipeline.people.permissions import MachineRole, Role
from pipeline.server.app import Edges
from pipeline.session.recordings import FolderRecordings
from tests.server.conftest import ADDRESS, Centre, hint, page_of, turn
from tests.server.test_control import FakeHeadset

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]
METHODS = st.sampled_from(["GET", "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"])
IDS = st.sampled_from(["a", "latest", "over", "nobody", "..", "%00", "%2e%2e%2f", "a" * 5_000, "%ff", "%", "%E7%94%B5"])
IDS |= st.text(max_size=8).map(quote)
ENDS = st.sampled_from(["records", "audio", "end", "facts", "announcement", ""])
PATHS = st.one_of(
    st.builds("/api/calls/{}/{}".format, IDS, ENDS),
    st.sampled_from(["/api/calls", "/api/calls/latest", "/api/session", "/api/links/look", "/api/links/use",
                     "/openapi.json", "/me", "/admin", "/login", "/api/headset", "/metrics", ""]),
    st.builds("/agent/{}".format, IDS), st.builds("/{}".format, IDS), st.builds("/assets/{}".format, IDS),
)  # fmt: skip
NUMBERS = st.one_of(
    st.integers().map(str), st.sampled_from([2**53, 2**53 + 1, 2**63, -(2**63) - 1, 10**400]).map(str),
    st.sampled_from(["", "NaN", "1e9", "0x10", "%EF%BC%91", "-", "null", "1_0", "%00", "%ff", "1;2", "1&after=x"]),
)  # fmt: skip
QUERIES = st.dictionaries(st.sampled_from(["after", "limit", "offset", "key", "call"]), NUMBERS, max_size=3)
NAMES = st.sampled_from(["origin", "cookie", "authorization", "range", "if-range", "content-type", "sec-fetch-site",
                         "x-forwarded-proto", "if-none-match", "accept-encoding", "content-length"])  # fmt: skip
PRINTED = st.binary(max_size=40).map(lambda raw: bytes(byte for byte in raw if byte > 31))  # h11 lets no other through
VALUES = PRINTED | st.sampled_from(
    [b"bytes=0-", b"bytes=-0", b"bytes=5-1", b"bytes=%d-" % 10**30, b"bytes=0-1,3-4,9-", b"http://[", b"null",
     b"Bearer ", b"callcoach-8000=.", b"callcoach-8000=zz-1.ab", b"\xff"]
)  # fmt: skip
HEADERS = st.lists(st.tuples(NAMES.map(str.encode), VALUES), max_size=4)
BODIES = st.binary(max_size=60) | st.sampled_from(
    [b"", b"[" * 60_000, b"x" * 70_000, b'{"team": NaN}', b'{"team": "\\ud800"}', b'{"name": 1e999}', b"1" * 5_000]
)
HOSTS = ["[", "]", "[::1", "[::1]:x", "127.0.0.1:99999", "", "\xff", "a" * 9_000, "127.0.0.1@x", "127.0.0.1/x"]


def bounded(examples: int) -> settings:
    return settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    return Centre(tmp_path)


@pytest.fixture
def app(centre: Centre, tmp_path: Path) -> FastAPI:
    """A server with a running call, a finished one with its recording, and a headset."""
    centre.call("a").feed([hint(20, 1)])
    centre.finished_call("over", [turn(20)])
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    soundfile.write(recordings / "over.flac", np.zeros((16_000, 2), np.int16), 16_000, format="FLAC")
    return centre.make_app(Edges(FakeHeadset(centre), FolderRecordings(recordings)))


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What was logged as a fault."""
    return lambda: [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def ask_all(operation: Any, client: TestClient, headers: dict[str, str], count: int) -> None:
    @given(case=operation.as_strategy())
    @bounded(count)
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(session=client, headers=headers, checks=CHECKS)

    ask()


def asker(centre: Centre, role: Role | MachineRole | None) -> dict[str, str]:
    """What somebody of this role sends; nobody: a page that nobody is signed in to."""
    match role:
        case None:
            return {"origin": ADDRESS}
        case Role.AGENT:
            return page_of(centre)
        case Role.QA:
            return centre.page("qa", Role.QA, assigned=("*",))
        case Role.LEAD | Role.ADMIN:
            return centre.page(str(role), Role(role))
    return centre.bearer(MachineRole(role))


@pytest.mark.parametrize("role", [None, *Role, *MachineRole])
def test_what_the_openapi_document_says(
    app: FastAPI,
    centre: Centre,
    inputs: Callable[[int], int],
    said: Callable[[], list[str]],
    role: Role | MachineRole | None,
) -> None:
    reader = {"host": "127.0.0.1", **centre.bearer(MachineRole.RECORDS)}
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=reader)
    schema.config.update(base_url=ADDRESS)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 12
    with TestClient(app, base_url=ADDRESS) as client:
        for operation in operations:
            headers = asker(centre, role)  # anew: the one before may have ended the session
            ask_all(operation, client, headers, max(1, inputs(36) // len(operations)))
    assert said() == []


Sent = Sequence[tuple[bytes, bytes]]


async def answer(app: FastAPI, method: str, path: str, query: str, headers: Sent, body: bytes) -> tuple[int, bytes]:
    """As uvicorn asks the application, without a client that would refuse to send such things."""
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "scheme": "http",
        "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 5000), "root_path": "", "method": method,
        "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "headers": headers,
        "state": {},
    }  # fmt: skip
    given = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return given.pop() if given else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type]
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def test_paths_queries_headers_and_bodies(
    app: FastAPI, centre: Centre, inputs: Callable[[int], int], said: Callable[[], list[str]]
) -> None:
    page = [(b"host", b"127.0.0.1:8000"), *((name.encode(), value.encode()) for name, value in page_of(centre).items())]

    with asyncio.Runner() as runner:

        @given(METHODS, PATHS, QUERIES, HEADERS, BODIES)
        @bounded(inputs(200))
        def ask(method: str, path: str, query: dict[str, str], headers: Sent, body: bytes) -> None:
            asked = "&".join(f"{name}={value}" for name, value in query.items())
            given = [*(pair for pair in page if pair[0] not in dict(headers)), *headers]
            status, text = runner.run(answer(app, method, path, asked, given, body))
            assert status < 500 or (status == 503 and b"make setup" in text)
            if 400 <= status < 500:
                assert len(text) < 1_000
                assert b"\n" not in text.strip()

        ask()
    assert said() == []


@pytest.mark.parametrize("host", HOSTS)
def test_names_that_are_none(app: FastAPI, host: str) -> None:
    for name in (b"host", b"origin"):
        headers = [(b"host", b"127.0.0.1"), (name, host.encode("latin-1"))]
        status, _ = asyncio.run(answer(app, "GET", "/api/clock", "", headers[-1:] if name == b"host" else headers, b""))
        assert status in (200, 401, 403)
