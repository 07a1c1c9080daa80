"""A wheel in an environment of its own, outside the checkout: what a desk has that never saw the repository or Node."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import soundfile
from websockets.sync.client import connect

from pipeline.folders import bundled, dashboard
from tests.entering import BEARER, keep_token
from tests.sound import ROOT
from tests.waiting import wait_until

START_S = 120  # of a program, on a machine that is busy with other tests
HINT_S = 60


@dataclass(frozen=True)
class Desk:
    """A machine's callcoach, and a home folder in which nothing was ever run."""

    program: Path
    home: Path
    elsewhere: Path  # the working folder

    def environ(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
        return {**kept, "HOME": str(self.home), "PATH": str(self.program.parent)}

    def run(self, *arguments: str) -> str:
        ran = subprocess.run(
            [self.program, *arguments], cwd=self.elsewhere, env=self.environ(), capture_output=True, text=True,
            timeout=START_S, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    @contextmanager
    def started(self, *arguments: str) -> Iterator[str]:
        """The address under which it answers."""
        with subprocess.Popen(
            [self.program, *arguments], cwd=self.elsewhere, env=self.environ(), stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stdout is not None
                line = next((line for line in process.stdout if "http://" in line), "")
                found = re.search(r"http://[^/\s]+", line)
                assert found, f"it ended with {process.wait()}"
                yield found.group()
            finally:
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=START_S)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (dashboard() / "index.html").is_file():
        pytest.skip("the dashboard is not built (make setup)")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps", "--no-index"]
    subprocess.run([*command, "--no-build-isolation", "-w", folder, ROOT], check=True, timeout=START_S)
    return next(folder.glob("callcoach-*.whl"))


@pytest.fixture(scope="module")
def desk(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The wheel installed beside our own dependencies: no network is needed, and the checkout is not to be found."""
    folder = tmp_path_factory.mktemp("desk")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True, timeout=START_S)
    python = folder / "venv" / "bin" / "python"
    own = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], check=True, capture_output=True,
        text=True,
    ).stdout.strip()  # fmt: skip
    # A path that a .pth file names is searched, its own .pth files, which point to the checkout, are not run.
    Path(own, "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*command, "--no-deps", "--no-index", wheel], check=True, timeout=START_S)
    for name in ("home", "elsewhere"):
        (folder / name).mkdir()
    keep_token(folder / "home" / ".local" / "share" / "callcoach")
    return Desk(folder / "venv" / "bin" / "callcoach", folder / "home", folder / "elsewhere")


def answer(address: str) -> tuple[int, str]:
    asked = urllib.request.Request(address, headers=BEARER)
    with urllib.request.urlopen(asked, timeout=START_S) as answered:
        return answered.status, answered.read().decode()


def test_it_runs_from_the_wheel_alone(desk: Desk) -> None:
    where = "import pipeline, shutil; print(pipeline.__file__, shutil.which('node'))"
    ran = subprocess.run(
        [desk.program.with_name("python"), "-c", where], cwd=desk.elsewhere, env=desk.environ(), text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    file, node = ran.stdout.split()
    assert desk.program.parents[1] in Path(file).parents
    assert node == "None"
    assert desk.run("--version").startswith("callcoach ")
    assert "enrol" in desk.run("desk", "--help")


def test_what_comes_along_is_found(desk: Desk) -> None:
    assert "silent" in desk.run("rules", "list")
    listed = json.loads(desk.run("models", "list", "--json"))
    here = {model["name"]: model["here"] for model in listed}
    assert Path(here["demo"]).is_relative_to(desk.program.parents[1])


def test_a_recording_is_scored_with_words(desk: Desk) -> None:
    pcm, rate_hz = soundfile.read(bundled("demo", "call.opus"), frames=16_000 * 8)
    soundfile.write(desk.elsewhere / "call.wav", pcm, rate_hz)
    result: dict[str, Any] = json.loads(desk.run("score", "call.wav", "--model", "demo", "--json", "-"))
    assert result["engine"] == "demo"
    assert "您好" in result["text"]["agent"]
    assert result["rulebook"]["id"] == "handbook"


def test_serve_has_pages_and_keeps_calls_in_the_users_folder(desk: Desk) -> None:
    with desk.started("serve", "--port", "0") as address:
        status, page = answer(f"{address}/agent")
        assert status == 200
        asset = re.search(r'src="(/assets/[^"]+)"', page)
        assert asset is not None
        assert answer(address + asset.group(1))[0] == 200
    kept = desk.home / ".local" / "share" / "callcoach"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept.glob("calls.db*")} == {0o600}


def test_demo_plays_the_call_that_comes_along(desk: Desk) -> None:
    """The page answers, and shows what the agent is to say first."""
    with desk.started("demo", "--offline", "--no-browser", "--port", "0") as address:
        assert answer(f"{address}/agent")[0] == 200
        assert shown(address, "SilentCallStep")[0] == "CallStarted"


def test_demo_plays_a_recording_until_its_first_hint(desk: Desk) -> None:
    """The first hint of the bundled call comes after 70 s; this piece of it has one after 12."""
    pcm, rate_hz = soundfile.read(bundled("demo", "call.opus"), start=16_000 * 68, frames=16_000 * 20)
    soundfile.write(desk.elsewhere / "late.wav", pcm, rate_hz)
    with desk.started("demo", "--offline", "--no-browser", "--port", "0", "--file", "late.wav") as address:
        assert answer(f"{address}/agent")[0] == 200
        assert "TurnEnded" in shown(address, "HintRaised")


def shown(address: str, until: str) -> list[str]:
    """The kinds of events that a page is sent of the running call, up to the first `until`."""

    def running() -> str | None:
        status, body = answer(f"{address}/api/calls/latest")
        return json.loads(body)["call_id"] if status == 200 else None

    call_id = wait_until(running)  # the recogniser is loaded first
    with connect(
        f"{address.replace('http', 'ws')}/ws/calls/{call_id}?after=0", proxy=None, additional_headers=BEARER
    ) as page:
        kinds = [""]
        while kinds[-1] != until:
            kinds.append(json.loads(page.recv(timeout=HINT_S))["event"]["kind"])
    return kinds[1:]


def test_nothing_lies_where_it_does_not_belong(desk: Desk) -> None:
    """After all that was run above."""
    assert {path.name for path in desk.elsewhere.iterdir()} <= {"call.wav", "late.wav"}
    found = [path for path in desk.home.rglob("*") if path.is_file() and path.parent.name != "demo-recordings"]
    assert {path.name for path in found} <= {
        "calls.db", "calls.db-wal", "calls.db-shm", "calls.db.lock", "demo.db", "demo.db-wal", "demo.db-shm",
        "demo.db.lock", "demo-week.json", "token", "audit-key", "audit-head.jsonl", "pulse-cookie",
    }  # fmt: skip


def test_a_wheel_without_pages_is_not_built(tmp_path: Path) -> None:
    """One line that says what to do."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("pipeline", "scripts"):
        (tmp_path / name).symlink_to(ROOT / name)
    command = [sys.executable, "-m", "pip", "wheel", "--disable-pip-version-check", "--no-deps", "--no-index"]
    ran = subprocess.run(
        [*command, "--no-build-isolation", "-w", tmp_path / "out", tmp_path], capture_output=True, text=True,
        timeout=START_S, check=False,
    )  # fmt: skip
    assert ran.returncode != 0
    assert "the dashboard is not built, and the wheel needs it: run `make setup`" in ran.stdout + ran.stderr
