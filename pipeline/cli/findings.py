"""What `callcoach doctor` looks at: each look is a function that changes nothing and says what it found."""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import func, select

from pipeline.cli.choices import CoachChoice, choose_model, rulebook_path
from pipeline.cli.extras import install_command, missing_analysis
from pipeline.cli.neighbour import ANSWER_S, NotTrusted, health
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.config import file_in_use
from pipeline.errors import CallcoachError
from pipeline.folders import (
    bundled,
    checkout,
    dashboard,
    data_folder,
    how_to_move,
    model_folders,
    own_data_folder,
    settings_files,
)
from pipeline.private import exposed
from pipeline.server.hosts import is_loopback
from pipeline.server.serve import ServerSettings, bind, check_network
from pipeline.store.claim import holder_of
from pipeline.store.opening import CALLS, StoreSettings, open_database
from pipeline.store.schema import VERSION, calls, schema_version, servers

LIBRARIES = ("faster-whisper", "ctranslate2", "onnxruntime", "numpy", "sounddevice", "av", "fastapi", "sqlalchemy")
LOOK_S = 15.0  # a sound system that hangs is not waited for longer
LEAST_MB, WANTED_MB = 100, 2_000  # free where calls are kept; an hour of a recorded call takes some 110 MB as FLAC
_DEVICES = """
import dataclasses, json
from pipeline.audio.capture.devices import list_devices
print(json.dumps([dataclasses.asdict(device) for device in list_devices()]))
"""

State = Literal["ok", "note", "missing"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`missing`: calls cannot do without it. `note`: they can. `mend`: a command, or what to do; "": nothing to do."""

    about: str
    state: State
    said: str
    mend: str = ""


def versions() -> Iterator[Finding]:
    where = f"from the checkout {root}" if (root := checkout()) is not None else f"installed in {bundled().parent}"
    said = f"callcoach {version('callcoach')}, Python {platform.python_version()}, {platform.platform()}; {where}"
    yield Finding("program", "ok", said)
    found, lacking = [], []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            lacking.append(name)
    yield Finding("libraries", "ok", ", ".join(found))
    if lacking:
        yield Finding("libraries", "missing", f"not installed: {', '.join(lacking)}", install_command(*lacking))
    if not (dashboard() / "index.html").is_file():
        mend = "make setup" if checkout() is not None else "install a wheel that `make wheel` has built"
        yield Finding("page", "missing", f"the dashboard is not built ({dashboard()}): agents have no page", mend)
    if without := missing_analysis():
        said = f"`score --plot` and `--second-opinion` need {' and '.join(without)}; calls do not"
        yield Finding("analysis", "note", said, install_command(*without))


def settings(config: Path | None) -> Iterator[Finding]:
    """`config`: the file that was named."""
    found = file_in_use(config)
    looked_for = " or ".join(map(str, settings_files()))
    yield Finding("settings", "ok", str(found) if found else f"the defaults; there is no {looked_for}")


def rulebook(coach: CoachChoice) -> Iterator[Finding]:
    """Calls refuse to start with one that cannot be read, as one of an earlier version may be."""
    try:
        path = rulebook_path(coach.rulebook)
        book = load_rulebook(path)
    except CallcoachError as error:
        yield Finding("rulebook", "missing", str(error), "mend it, or name another one in callcoach.toml, [coach]")
        return
    yield Finding("rulebook", "ok", f"{book.id} {book.version}, {len(book.rules)} rules, from {path}")


def data() -> Iterator[Finding]:
    folder = data_folder()
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        said = f"{folder} cannot be a folder for calls: {there} is none"
        yield Finding("data", "missing", said, "name another folder with --data")
        return
    yield Finding("data", "ok", f"{folder}{'' if folder.is_dir() else ' (made with the first call)'}")
    if (clone := _clone_around(folder)) is not None:
        move = "" if os.environ.get("CALLCOACH_DATA") else how_to_move(folder, own_data_folder())
        said = f"calls lie in the clone {clone}: whoever deletes, copies or publishes it takes them along"
        yield Finding("data", "note", said, move or "name another folder with --data, and move it there")
    if open_to_others := exposed(folder):
        named = f"{open_to_others[0]}" + (f" and {len(open_to_others) - 1} more" if len(open_to_others) > 1 else "")
        mend = f"chmod -R go= {shlex.quote(str(folder))}"
        yield Finding("rights", "note", f"others on this machine may read {named}", mend)
    elif folder.is_dir():
        yield Finding("rights", "ok", "nobody else on this machine may read what is kept")
    if not os.access(there, os.W_OK | os.X_OK):
        yield Finding("rights", "missing", f"{there} cannot be written to", "name another folder with --data")
    free = shutil.disk_usage(there).free // 1_000_000
    state: State = "missing" if free < LEAST_MB else "note" if free < WANTED_MB else "ok"
    mend = "" if state == "ok" else "make room there, or name a folder on another disk with --data"
    yield Finding("disk", state, f"{free} MB are free where calls are kept", mend)


def store(settings: StoreSettings) -> Iterator[Finding]:
    database = data_folder() / CALLS
    if settings.address:
        yield _shared(settings)
        return
    if not database.exists() or (database.is_file() and not database.stat().st_size):
        yield Finding("store", "ok", "no call was kept yet")
        return
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=ANSWER_S)) as opened:
            found = opened.execute(f"SELECT version FROM {schema_version.name}").fetchone()[0]
            calls = opened.execute("SELECT count(*) FROM calls").fetchone()[0]
    except (sqlite3.Error, TypeError, OSError) as error:
        mend = f"move it away to start a new one, and keep it: mv {shlex.quote(str(database))} {database.name}.damaged"
        yield Finding("store", "missing", f"{database} cannot be read: {error}", mend)
        return
    holder = holder_of(database)
    used = f"in use by process {holder}" if holder is not None else "nobody has it open"
    if not 1 <= found <= VERSION:
        said = f"{database} has schema version {found}, this callcoach reads version {VERSION}"
        yield Finding("store", "missing", said, "use the callcoach that wrote it, or move the file away")
    elif not os.access(database, os.W_OK):
        yield Finding("store", "missing", f"{database} cannot be written to", f"chmod u+w {shlex.quote(str(database))}")
    else:
        later = "" if found == VERSION else f" (brought to {VERSION} at the next start)"
        yield Finding("store", "ok", f"{calls} call{'' if calls == 1 else 's'}, schema version {found}{later}; {used}")


def _shared(settings: StoreSettings) -> Finding:
    mend = "is it running, does this role reach it, and has `callcoach store prepare` made its tables?"
    try:
        database = open_database(settings, data_folder())
        with database.reading() as connection:
            count = connection.execute(select(func.count()).select_from(calls)).scalar_one()
            others = connection.execute(select(func.count()).select_from(servers)).scalar_one()
        database.close()
    except CallcoachError as error:
        return Finding("store", "missing", str(error), mend)
    said = f"{database.name}: {count} call{'' if count == 1 else 's'}, schema version {VERSION}"
    return Finding("store", "ok", f"{said}; {others} server{'' if others == 1 else 's'} known there")


def devices(only_serves: bool) -> Iterator[Finding]:
    """`only_serves`: by the settings a machine for others, which has no headset of its own."""
    for finding in _devices():
        if finding.state != "missing":
            yield finding
            continue
        said = f"{finding.said}; `callcoach live` needs it, `serve` and `score` do not"
        yield replace(finding, state="note" if only_serves else "missing", said=said)


def _devices() -> Iterator[Finding]:
    """In a process of its own: a sound system may hang, and some libraries print."""
    command = [sys.executable, "-P", "-c", _DEVICES]  # -P: nothing of the working folder
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=LOOK_S, check=False)
    except subprocess.TimeoutExpired:
        yield Finding("microphone", "missing", f"the sound system does not answer within {LOOK_S:.0f} s", "restart it")
        return
    if ran.returncode != 0:
        last = ran.stderr.strip().splitlines()[-1] if ran.stderr.strip() else f"exit code {ran.returncode}"
        said = last.removeprefix("pipeline.errors.AudioError: ").split(":")[0]
        package = "sudo apt-get install libportaudio2 libasound2-plugins"
        yield Finding("microphone", "missing", said, package if "PortAudio is" in said else "callcoach devices")
        return
    found: list[dict[str, Any]] = json.loads(ran.stdout.splitlines()[-1])
    microphones = [device["label"] for device in found if device["kind"] == "microphone"]
    loopbacks = [device["label"] for device in found if device["kind"] == "loopback"]
    if microphones:
        yield Finding("microphone", "ok", ", ".join(microphones))
    else:
        yield Finding("microphone", "missing", "no microphone on this machine", "plug the headset in")
    if loopbacks:
        yield Finding("far end", "ok", ", ".join(loopbacks))
    else:
        said = "the customer cannot be heard; silences then count from 15 s and mean the agent's"
        yield Finding("far end", "note", said, "README.md, A live headset: what each system needs")


def models() -> Iterator[Finding]:
    if not (bundled("models", "demo") / "model.bin").is_file():
        yield Finding("model", "missing", "the installation lacks its demo model", "install callcoach again")
    choice = choose_model()
    if choice.name == "none":
        yield Finding("model", "note", "no speech model: no words, all else is coached", "callcoach models get base")
    else:
        yield Finding("model", "ok", choice.why)
    yield Finding("models", "ok", f"looked for in {', '.join(map(str, model_folders()))} and the hub's cache")


def port(server: ServerSettings, trusted: ssl.SSLContext) -> Iterator[Finding]:
    host, number, address = server.host, server.port, server.local_address
    try:
        status = health(server, trusted)
    except NotTrusted as error:
        mend = "callcoach doctor --ca FILE, the certificate of whoever has signed it"
        yield Finding("port", "note", f"a server answers at {address}, and is not trusted: {error}", mend)
        return
    if status is not None:
        yield Finding("port", "ok", f"a callcoach answers at {address}: {status}")
        return
    try:
        check_network(server)
    except CallcoachError as error:
        yield Finding("port", "missing", str(error))
        return
    try:
        bind(host, number).close()
    except CallcoachError as error:
        yield Finding("port", "missing", str(error), f"callcoach live --port {number + 1 if number < 65_535 else 8000}")
    else:
        yield Finding("port", "ok", f"{number} on {host} is free")


def looks(
    config: Path | None, coach: CoachChoice, server: ServerSettings, kept: StoreSettings, trusted: ssl.SSLContext
) -> dict[str, Callable[[], Iterator[Finding]]]:
    """By what they are about, in the order in which they are told. `config`: the settings file that was named."""
    return {
        "program": versions,
        "settings": lambda: settings(config),
        "rulebook": lambda: rulebook(coach),
        "data": data,
        "store": lambda: store(kept),
        "devices": lambda: devices(bool(kept.address or server.proxies) or not is_loopback(server.host)),
        "models": models,
        "port": lambda: port(server, trusted),
    }


def _clone_around(folder: Path) -> Path | None:
    return next((path for path in folder.absolute().parents if (path / ".git").exists()), None)
