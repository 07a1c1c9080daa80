"""callcoach in an empty home: no name is asked for, nothing leaves this machine, and all it keeps is in its folder.

Each run has a umask of 0 as well: what is kept is its owner's alone whatever the umask says.
"""

from __future__ import annotations

import json
import stat
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import soundfile

from pipeline.folders import bundled
from tests.cli.test_models import Hub, hub as hub
from tests.cli.test_plot import needs_font
from tests.entering import BEARER, keep_token
from tests.live.pulse import FAR, MIC, Pulse, is_there
from tests.ports import free_port
from tests.privacy.guard import Guard
from tests.waiting import LIMIT_S, wait_until

CALLCOACH = str(Path(sys.executable).parent / "callcoach")
HOSTILE = {"ORT_DISABLE_TELEMETRY": "0", "HF_HUB_OFFLINE": "0", "DO_NOT_TRACK": "0"}
PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://collector.invalid/a.ts\n#EXT-X-ENDLIST\n"


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    return Guard(tmp_path)


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two pieces of the demo call, of 3 s each."""
    folder = tmp_path_factory.mktemp("pieces")
    pcm, rate_hz = soundfile.read(bundled("demo", "call.opus"), dtype="int16", frames=16_000 * 12)
    for name, begin in (("a.wav", 0), ("b.wav", 8)):
        soundfile.write(folder / name, pcm[begin * rate_hz : (begin + 3) * rate_hz], rate_hz)
    return [str(folder / "a.wav"), str(folder / "b.wav")]


def test_every_package_is_quiet_before_it_loads_a_library(guard: Guard) -> None:
    for package in ("benchmarks", "tests"):  # the others are run below
        code = (
            f"import {package}, onnxruntime, huggingface_hub.constants as hub; from pipeline.audio.voice import silero;"
        )
        code += "silero.shared_silero(); assert hub.HF_HUB_OFFLINE and hub.HF_HUB_DISABLE_TELEMETRY"
        done = guard.run(sys.executable, "-c", code, **HOSTILE)
        assert done == (0, ""), package
    assert guard.faults() == []


@pytest.mark.model
@needs_font
def test_scoring_speaks_to_nobody(guard: Guard, pieces: list[str]) -> None:
    """With its workers, their recognisers, and pictures; nor is fetched what a file names that only looks like one."""
    playlist = guard.home.parent / "list.m4a"
    playlist.write_text(PLAYLIST)
    to = [f"--{kind}={guard.data / kind}" for kind in ("json", "events", "plot")]
    guard.data.mkdir()
    code, said = guard.run(CALLCOACH, "score", *pieces, str(playlist), "--jobs", "2", "--model", "demo", *to, **HOSTILE)
    assert code == 1, said
    results = [json.loads(line) for line in (guard.data / "json").read_text(encoding="utf-8").splitlines()]
    assert ["score" in result for result in results] == [True, True, False]
    assert guard.faults() == []
    assert mode(guard.data / "matplotlib") == 0o700


def test_a_model_that_is_named_and_not_here_is_not_fetched(guard: Guard, pieces: list[str], tmp_path: Path) -> None:
    """Nor is the tokenizer that a model's folder lacks."""
    (tmp_path / "half").mkdir()
    for name in ("model.bin", "config.json", "vocabulary.json"):
        (tmp_path / "half" / name).symlink_to(bundled("models", "demo") / name)
    code, said = guard.run(CALLCOACH, "score", pieces[0], "--model", "small", **HOSTILE)
    assert (code, said.count("\n"), "callcoach models get small" in said) == (1, 1, True), said
    code, said = guard.run(CALLCOACH, "models", "check", str(tmp_path / "half"), **HOSTILE)
    assert (code, "it has no tokenizer.json, and none is fetched" in said) == (1, True), said
    assert guard.faults() == []


def test_fetching_a_model_speaks_to_the_hub_and_to_nobody_else(guard: Guard, hub: Hub) -> None:
    """The hub is on this machine here: any other would be seen, and so would what its client kept in the home."""
    to = str(guard.data / "models")
    environ = {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "1"}
    code, said = guard.run(CALLCOACH, "models", "get", "medium", "--to", to, **environ)
    assert (code, f"is fetched from {hub.url}" in said) == (0, True), said
    assert guard.faults() == []


@pytest.mark.model
def test_the_demo_speaks_to_nobody(guard: Guard) -> None:
    port = free_port()
    keep_token(guard.data)
    process = guard.start(CALLCOACH, "demo", "--offline", "--no-browser", "--port", str(port), **HOSTILE)
    try:
        wait_until(lambda: ask(port, "GET", "/api/calls/latest")[0] == 200)
        wait_until(lambda: b"SilenceStarted" in raw(port, "/api/calls/latest/records"))
    finally:
        said = guard.end(process)
    assert guard.faults() == [], said
    assert open_to_others(guard.data) == []
    assert (guard.data / "demo.db").exists()


@pytest.mark.skipif(
    not is_there(), reason="no PulseAudio or PortAudio on this machine (make setup says how to get them)"
)
def test_a_live_call_speaks_to_nobody(guard: Guard, tmp_path: Path) -> None:
    pulse = Pulse(tmp_path / "pulse")
    port = free_port()
    environ = {name: pulse.environ[name] for name in ("XDG_RUNTIME_DIR", "PULSE_SERVER")}
    environ["CALLCOACH_AUDIT__HEAD_FILE"] = str(guard.data / "heads.jsonl")  # else in the settings folder, on purpose
    flags = ["--mic", MIC, "--far", FAR, "--no-browser", "--port", str(port), "--model", "none"]
    keep_token(guard.data)
    process = guard.start(CALLCOACH, "live", *flags, **environ, **HOSTILE)
    try:
        wait_until(lambda: ask(port, "GET", "/api/headset")[0] == 200)
        call_id = ask(port, "POST", "/api/calls", {"recording_consent": True})[1]["call_id"]
        recordings = guard.data / "recordings"
        wait_until(lambda: any(file.stat().st_size > 60_000 for file in recordings.glob("*.wav")))
        assert open_to_others(guard.data) == []
        ask(port, "POST", f"/api/calls/{call_id}/end", {})
        wait_until(lambda: (recordings / f"{call_id}.flac").exists())
    finally:
        said = guard.end(process)
        pulse.stop()
    assert guard.faults() == [], said
    assert open_to_others(guard.data) == []


# --- asking and waiting ----------------------------------------------------------------------------------------------


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def open_to_others(folder: Path) -> list[str]:
    found = []
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):  # gone since it was listed, as what is written aside and then renamed
            if mode(path) & 0o077:
                found.append(f"{path} {mode(path):o}")
    return found


def ask(port: int, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, BEARER, method=method)
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except (urllib.error.URLError, ConnectionError):
        return 0, None


def raw(port: int, path: str) -> bytes:
    with urllib.request.urlopen(
        urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=BEARER), timeout=LIMIT_S
    ) as answer:
        return bytes(answer.read())
