"""`callcoach doctor`: what is said of a machine that has all, and of one that lacks something."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import findings
from pipeline.server.serve import bind
from pipeline.store.claim import claim
from pipeline.store.schema import VERSION
from pipeline.store.sql import SqlStore
from tests.cli.test_cli import call
from tests.ports import free_port
from tests.server.conftest import started, turn
from tests.writing import add

HEADSET = """
class default: device = (0, 0)
def query_hostapis(): return [{"name": "ALSA"}]
def query_devices():
    names = ("Headset", "Monitor of Headset")
    return [dict(name=n, hostapi=0, max_input_channels=1, default_samplerate=48000) for n in names]
"""
NO_PORTAUDIO = 'raise OSError("PortAudio library not found")'

Doctor = Callable[..., tuple[int, dict[str, list[dict[str, str]]]]]


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Runs it beside a sound system of our own; the exit code, and the findings by what they are about."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALLCOACH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/none")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "sound"))
    monkeypatch.setattr("sys.stdout.reconfigure", lambda **_: None, raising=False)

    port = free_port()

    def run(*arguments: object, sound: str = HEADSET) -> tuple[int, dict[str, list[dict[str, str]]]]:
        (tmp_path / "sound").mkdir(exist_ok=True)
        (tmp_path / "sound" / "sounddevice.py").write_text(sound, encoding="utf-8")
        code = call(monkeypatch, "doctor", "--json", "-", "--port", port, *arguments)
        result = json.loads(capsys.readouterr().out)
        assert result["healthy"] == (code == 0)
        about: dict[str, list[dict[str, str]]] = {}
        for finding in result["findings"]:
            about.setdefault(finding["about"], []).append(finding)
        return code, about

    return run


def missing(found: dict[str, list[dict[str, str]]]) -> list[str]:
    return [name for name, those in found.items() if any(finding["state"] == "missing" for finding in those)]


def test_a_machine_that_has_all(doctor: Doctor, tmp_path: Path, built: None) -> None:
    add(SqlStore(tmp_path / "data" / "calls.db"), "one", [started("one"), turn(20)])
    code, found = doctor()
    assert (code, missing(found)) == (0, [])
    assert "callcoach 0.1.0, Python 3." in found["program"][0]["said"]
    assert found["microphone"][0]["said"] == "Headset (ALSA)"
    assert found["far end"][0]["said"] == "Monitor of Headset (ALSA)"
    assert found["store"][0]["said"] == f"1 call, schema version {VERSION}; nobody has it open"
    assert found["rights"][0]["state"] == "ok"
    assert "is free" in found["port"][0]["said"]


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").touch()
    monkeypatch.setattr(findings, "dashboard", lambda: tmp_path / "dist")


def test_it_makes_nothing(doctor: Doctor, tmp_path: Path, built: None) -> None:
    assert doctor()[0] == 0
    assert not (tmp_path / "data").exists()


def test_without_portaudio_the_package_is_named(doctor: Doctor, built: None) -> None:
    code, found = doctor(sound=NO_PORTAUDIO)
    assert (code, missing(found)) == (1, ["microphone"])
    lacks = "PortAudio is missing, so no device can be captured"
    assert found["microphone"][0]["said"] == f"{lacks}; `callcoach live` needs it, `serve` and `score` do not"
    assert "libportaudio2" in found["microphone"][0]["mend"]


@pytest.mark.parametrize(
    ("settings", "is_needed"),
    [
        ('host = "0.0.0.0"\ninsecure_network = true', False),
        ('proxies = ["127.0.0.1"]', False),
        ('host = "127.0.0.1"', True),
    ],
)
def test_a_machine_that_only_serves_needs_no_microphone(
    doctor: Doctor, tmp_path: Path, built: None, settings: str, is_needed: bool
) -> None:
    (tmp_path / "server.toml").write_text(f"[server]\n{settings}\n", encoding="utf-8")
    code, found = doctor("--config", tmp_path / "server.toml", sound=NO_PORTAUDIO)
    assert (code, missing(found)) == ((1, ["microphone"]) if is_needed else (0, []))
    assert found["microphone"][0]["state"] == ("missing" if is_needed else "note")
    assert "`serve` and `score` do not" in found["microphone"][0]["said"]
    assert found["settings"][0]["said"] == str(tmp_path / "server.toml")


def test_a_sound_system_that_hangs_is_not_waited_for(
    doctor: Doctor, built: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "LOOK_S", 0.5)
    assert missing(doctor(sound="import threading; threading.Event().wait()")[1]) == ["microphone"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b"no database" * 500), "file is not a database"),
        (lambda path: sqlite3.connect(path).execute("CREATE TABLE other (x)").connection.close(), "no such table"),
        (lambda path: path.mkdir(), "cannot be read"),
    ],
)
def test_a_store_that_cannot_be_read(
    doctor: Doctor, tmp_path: Path, built: None, make: Callable[[Path], Any], said: str
) -> None:
    (tmp_path / "data").mkdir()
    make(tmp_path / "data" / "calls.db")
    code, found = doctor()
    assert (code, missing(found)) == (1, ["store"])
    assert said in found["store"][0]["said"]
    assert found["store"][0]["mend"]


def test_a_store_of_a_newer_callcoach(doctor: Doctor, tmp_path: Path, built: None) -> None:
    path = tmp_path / "data" / "calls.db"
    SqlStore(path).close()
    with sqlite3.connect(path) as opened:
        opened.execute("UPDATE schema_version SET version = 99")
    opened.close()
    assert "schema version 99" in doctor()[1]["store"][0]["said"]


def test_who_has_the_store(doctor: Doctor, tmp_path: Path, built: None) -> None:
    path = tmp_path / "data" / "calls.db"
    SqlStore(path).close()
    with claim(path) as held:
        held.seek(0)
        pid = held.read().decode().strip()
        assert doctor()[1]["store"][0]["said"].endswith(f"in use by process {pid}")


def test_a_port_that_another_program_has(doctor: Doctor, built: None) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        code, found = doctor("--port", port)
    assert (code, missing(found)) == (1, ["port"])
    assert "is taken" in found["port"][0]["said"]
    assert "--port" in found["port"][0]["mend"]


@pytest.fixture
def answering() -> Iterator[int]:
    """A server that answers as a callcoach whose records are refused."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"status": "failing", "unkept": 3, "detail": "the disk is full"}).encode()
            self.send_response(503)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_port_that_a_callcoach_has(doctor: Doctor, built: None, answering: int) -> None:
    code, found = doctor("--port", answering)
    assert code == 0
    assert found["port"][0]["said"] == f"a callcoach answers at http://127.0.0.1:{answering}: the disk is full"


@pytest.mark.parametrize(("free_mb", "state"), [(50, "missing"), (1_000, "note"), (5_000, "ok")])
def test_a_disk_that_is_almost_full(
    doctor: Doctor, built: None, monkeypatch: pytest.MonkeyPatch, free_mb: int, state: str
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=free_mb * 1_000_000))
    finding = doctor()[1]["disk"][0]
    assert (finding["state"], bool(finding["mend"])) == (state, state != "ok")
    assert f"{free_mb} MB" in finding["said"]


@pytest.mark.parametrize("place", ["data", "data/inside"])
def test_calls_cannot_be_kept_in_a_file(
    doctor: Doctor, tmp_path: Path, built: None, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "data").write_text("", encoding="utf-8")
    monkeypatch.setenv("CALLCOACH_DATA", str(tmp_path / place))
    code, found = doctor()
    assert (code, missing(found)) == (1, ["data"])
    assert f"{tmp_path / 'data'} is none" in found["data"][0]["said"]


def test_calls_in_a_clone(doctor: Doctor, tmp_path: Path, built: None) -> None:
    (tmp_path / ".git").mkdir()
    code, found = doctor()
    assert code == 0
    assert f"calls lie in the clone {tmp_path}" in found["data"][1]["said"]


def test_what_others_may_read(doctor: Doctor, tmp_path: Path, built: None) -> None:
    SqlStore(tmp_path / "data" / "calls.db").close()
    (tmp_path / "data" / "calls.db").chmod(0o644)
    _, found = doctor()
    assert "may read" in found["rights"][0]["said"]
    subprocess.run(found["rights"][0]["mend"], shell=True, check=True)
    assert doctor()[1]["rights"][0]["state"] == "ok"


def test_a_wrong_setting_is_a_finding(doctor: Doctor, tmp_path: Path, built: None) -> None:
    (tmp_path / "callcoach.toml").write_text("[vad]\nmode = 9\n", encoding="utf-8")
    code, found = doctor()
    assert (code, missing(found)) == (1, ["settings"])
    assert "vad.mode is 9" in found["settings"][0]["said"]


def test_a_rulebook_that_calls_would_refuse(doctor: Doctor, tmp_path: Path, built: None) -> None:
    assert "handbook 2026-12" in doctor()[1]["rulebook"][0]["said"]
    (tmp_path / "old.yaml").write_text("id: old\nrules: []\n", encoding="utf-8")
    (tmp_path / "callcoach.toml").write_text('[coach]\nrulebook = "old.yaml"\n', encoding="utf-8")
    code, found = doctor()
    assert (code, missing(found)) == (1, ["rulebook"])
    assert "old.yaml:1: rulebook: version is missing" in found["rulebook"][0]["said"]


def test_a_dashboard_that_is_not_built(doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "dashboard", lambda: tmp_path / "none")
    found = doctor()[1]
    assert missing(found) == ["page"]
    assert found["page"][0]["mend"] == "make setup"


def test_for_people(
    doctor: Doctor, built: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor(sound=NO_PORTAUDIO)
    assert call(monkeypatch, "doctor", "--port", free_port()) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok      program     callcoach 0.1.0")
    at = next(number for number, line in enumerate(lines) if line.startswith("MISSING microphone"))
    assert lines[at + 1].strip() == "to mend: sudo apt-get install libportaudio2 libasound2-plugins"
    assert lines[-1] == "Missing for calls: microphone."


def test_json_replaces_nothing_but_its_own(
    doctor: Doctor, tmp_path: Path, built: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    doctor()
    file = tmp_path / "found.json"
    for _ in range(2):
        call(monkeypatch, "doctor", "--json", file)
    assert "healthy" in json.loads(file.read_text(encoding="utf-8"))
    file.write_text("mine", encoding="utf-8")
    capsys.readouterr()
    assert call(monkeypatch, "doctor", "--json", file) == 1
    assert "nothing that `callcoach doctor` wrote" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "mine"
