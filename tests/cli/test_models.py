"""`callcoach models get` against a hub of our own on this machine: fetched, cut off, gone on with, refused."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.sound import ROOT
from tests.waiting import LIMIT_S, wait_until
from tests.weights import files, model_folder

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {**files(padding=25_000_000), "README.md": b"not wanted"}  # the hub client writes 10 MB at a time


class Hub(ThreadingHTTPServer):
    """What a snapshot needs of the hub. `stall_at`: bytes of model.bin after which nothing more comes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.ranges: list[str] = []
        self.sent = 0
        self.stall_at: int | None = None
        self.stopped = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        path = self.path.split("?")[0]
        if "/resolve/" in path:
            return self._file(path.rsplit("/", 1)[1], with_body)
        if path.startswith("/api/models/Systran/"):
            siblings = [{"rfilename": name, "size": len(body)} for name, body in FILES.items()]
            tree = [{"type": "file", "path": n, "size": len(b), "oid": "0" * 40} for n, b in FILES.items()]
            facts = {"id": "Systran/x", "sha": COMMIT, "private": False, "siblings": siblings}
            return self._send(json.dumps(tree if "/tree/" in path else facts).encode(), with_body)
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def _file(self, name: str, with_body: bool) -> None:
        body = FILES[name]
        begin = 0
        if wanted := self.headers.get("Range"):
            if name == "model.bin" and with_body:
                self.server.ranges.append(wanted)
            begin = int(wanted.removeprefix("bytes=").split("-")[0])
        self.send_response(206 if wanted else 200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("Content-Length", str(len(body) - begin))
        if wanted:
            self.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        if not with_body:
            return
        stall_at = self.server.stall_at if name == "model.bin" else None
        self.wfile.write(body[begin:stall_at])
        self.wfile.flush()
        if stall_at is not None:
            self.server.sent = stall_at
            self.server.stopped.wait(LIMIT_S)

    def _send(self, body: bytes, with_body: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.stopped.set()
    server.shutdown()
    server.server_close()
    thread.join()


def start(hub: str, *arguments: str) -> subprocess.Popen[str]:
    environ = {**os.environ, "HF_ENDPOINT": hub, "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    command = [sys.executable, "-c", "from pipeline.cli.app import main; main()", "models", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ran(hub: str, *arguments: str) -> tuple[int, str]:
    process = start(hub, *arguments)
    out, err = process.communicate(timeout=LIMIT_S)
    return process.returncode, out + err


def test_a_model_is_fetched_whole_and_a_second_time_not_at_all(hub: Hub, tmp_path: Path) -> None:
    code, said = ran(hub.url, "get", "medium", "--to", str(tmp_path))
    assert (code, f"medium is in {tmp_path / 'medium'}" in said) == (0, True), said
    assert f"is fetched from {hub.url}" in said
    assert [p.name for p in tmp_path.iterdir()] == ["medium"]
    assert sorted(p.name for p in (tmp_path / "medium").iterdir()) == sorted(set(FILES) - {"README.md"})
    assert (tmp_path / "medium" / "model.bin").read_bytes() == FILES["model.bin"]
    hub.shutdown()
    code, said = ran(hub.url, "get", "medium", "--to", str(tmp_path))
    assert (code, "already" in said) == (0, True), said


def test_a_fetch_that_was_killed_goes_on_where_it_was(hub: Hub, tmp_path: Path) -> None:
    hub.stall_at = len(FILES["model.bin"]) // 2
    process = start(hub.url, "get", "medium", "--to", str(tmp_path))
    wait_until(lambda: hub.sent and any(part.stat().st_size for part in tmp_path.rglob("*.incomplete")))
    process.kill()
    process.communicate()
    assert not (tmp_path / "medium").exists()
    hub.stall_at = None
    code, said = ran(hub.url, "get", "medium", "--to", str(tmp_path))
    assert code == 0, said
    assert hub.ranges, "the whole file was asked for again"
    assert (tmp_path / "medium" / "model.bin").read_bytes() == FILES["model.bin"]


def test_weights_that_are_not_the_catalogues_are_refused_and_not_kept(hub: Hub, tmp_path: Path) -> None:
    code, said = ran(hub.url, "get", "small", "--to", str(tmp_path))
    assert code == 1
    assert "bytes of 483,546,902: these are not the weights of small" in said
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_is_here_and_cut_off_is_told_and_fetched_anew(hub: Hub, tmp_path: Path) -> None:
    (model_folder(tmp_path / "medium") / "model.bin").write_bytes(FILES["model.bin"][:1_000])
    code, said = ran(hub.url, "check", str(tmp_path / "medium"))
    assert (code, said.count("\n"), "its model.bin is cut off: 1,000 bytes" in said) == (1, 1, True), said
    code, said = ran(hub.url, "get", "medium", "--to", str(tmp_path))
    assert (code, "its model.bin is cut off: 1,000 bytes; it is fetched anew" in said) == (0, True), said
    assert (tmp_path / "medium" / "model.bin").read_bytes() == FILES["model.bin"]
    assert (tmp_path / "medium.before" / "model.bin").read_bytes() == FILES["model.bin"][:1_000]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("get", "medium"), "medium cannot be fetched from http://127.0.0.1:9"),
        (("get", "acft-small"), "ct2-transformers-converter"),
        (("get", "demo"), "comes with callcoach"),
    ],
)
def test_what_cannot_be_fetched_is_one_line_that_says_what_to_do(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, said = ran("http://127.0.0.1:9", *arguments, "--to", str(tmp_path))
    assert code == 1
    assert message in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_the_list_is_there_for_scripts(hub: Hub) -> None:
    code, said = ran(hub.url, "list", "--json")
    assert code == 0
    models = {model["name"]: model for model in json.loads(said)}
    assert models["demo"]["here"]
    assert models["small"]["derived"]["calls_a_core"] > 1
    assert models["small"]["window"] == {"floor_ms": 10_000, "margin_ms": 2_500}
    assert models["small"]["trust"] is None
    assert models["base"]["trust"]["good_for"] == "hints"


def test_the_list_says_what_words_may_be_trusted_with(hub: Hub) -> None:
    code, said = ran(hub.url, "list")
    assert code == 0
    assert re.search(r"^base .* hints† ", said, re.MULTILINE)
    assert re.search(r"^small .* not measured ", said, re.MULTILINE)
    told = (
        r"† base: for hints, not for scores by words: [\d–]+ % of characters wrong in clean reading, [\d–]+ % in noise"
    )
    assert re.search(told + r", \d+ % of spoken bans missed on the telephone", " ".join(said.split()))
