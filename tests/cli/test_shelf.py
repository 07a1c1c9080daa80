"""`callcoach score --store`: an archive becomes calls, each once and whole, whatever stops it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from starlette.testclient import TestClient

from pipeline.audio.recording.recorder import PEAKS, RecordingSettings, recording_of
from pipeline.cli import scoring
from pipeline.cli.recordings import Recording
from pipeline.cli.scoring import Json, score_all
from pipeline.cli.shelf import Shelf, ShelfOptions
from pipeline.errors import AudioError, StoreError
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.record import Record
from pipeline.events.recording import RecordingStarted
from pipeline.people.permissions import Role
from pipeline.people.team_settings import SettingsVersion, TeamSettings
from pipeline.ports import SAMPLE_RATE_HZ
from pipeline.server.app import Edges
from pipeline.session.recordings import FolderRecordings
from pipeline.store.claim import claim
from pipeline.store.opening import StoreSettings
from pipeline.store.overview import Wanted
from pipeline.store.postgres import Postgres
from pipeline.store.sql import SqlStore
from pipeline.store.team_settings import SqlTeamSettings
from tests.cli.conftest import Shell
from tests.postgres import PROGRAM, Server
from tests.server.conftest import ADDRESS, Centre
from tests.sound import speech, stereo
from tests.waiting import LIMIT_S, wait_until

NAMES = "{agent}_{date}_{time}_{direction}_*"


def archive(folder: Path, count: int, broken: Sequence[int] = ()) -> Path:
    """Files of a second and more, of a few sounds, no two with the same bytes."""
    folder.mkdir()
    sounds = [
        stereo([(100, speech("您好", "f2")[:9_600])], [(700, speech("你好", "m3")[:4_800])], 1_000 + 400 * kind)
        for kind in range(3)
    ]
    for number in range(count):
        path = folder / f"10{number % 4:02d}_20261103_{number // 60:02d}{number % 60:02d}00_in_x.wav"
        if number in broken:
            path.write_bytes(b"<!doctype html>" * number)
            continue
        pcm = sounds[number % len(sounds)].copy()
        pcm[0, 0] = number
        soundfile.write(path, pcm, SAMPLE_RATE_HZ)
    return folder


def in_database(data: Path, question: str) -> list[Any]:
    if not (data / "calls.db").exists():
        return []
    with closing(sqlite3.connect(data / "calls.db")) as database:
        return database.execute(question).fetchall()


def command(folder: Path, *more: object) -> list[str]:
    flags = ["--store", "--model", "none", "--names", NAMES, "--jobs", "2"]
    return [
        sys.executable,
        "-c",
        "from pipeline.cli.app import main; main()",
        "score",
        str(folder),
        *flags,
        *map(str, more),
    ]


def test_an_archive_that_is_stopped_and_started_again_is_there_once(tmp_path: Path) -> None:
    broken = (7, 31, 52)
    files, data = archive(tmp_path / "archive", 60, broken), tmp_path / "data"
    env = os.environ | {"CALLCOACH_DATA": str(data)}
    first = subprocess.Popen(command(files), env=env, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: len(in_database(data, "SELECT 1 FROM sqlite_master WHERE name = 'calls'")))
        wait_until(lambda: in_database(data, "SELECT count(*) FROM calls")[0][0] >= 20)
        workers = Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().split()
        first.kill()
        first.wait()
        wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    finally:
        first.kill()
    before = in_database(data, "SELECT count(*) FROM calls")[0][0]
    assert 20 <= before < 57

    again = subprocess.run(command(files), env=env, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert f"{57 - before} stored, {before} there already, 3 not stored" in again.stderr
    for number in broken:
        name = f"10{number % 4:02d}_20261103_00{number:02d}00_in_x.wav: "
        assert sum(name in line for line in again.stderr.splitlines()) == 1
    calls = in_database(data, "SELECT call_id, started_at, agent_id, ended FROM calls ORDER BY call_id")
    assert len(calls) == 57
    assert [call[1] for call in calls] == sorted(call[1] for call in calls)  # ids are in the order of the calls
    assert {call[2] for call in calls} == {"1000", "1001", "1002", "1003"}
    assert all(call[3] for call in calls)
    assert sorted(in_database(data, "SELECT call_id FROM origins")) == [(call[0],) for call in calls]
    assert sorted(path.name for path in (data / "recordings").glob("*.flac")) == [f"{call[0]}.flac" for call in calls]


def test_ctrl_c_says_what_is_stored_and_how_it_goes_on(tmp_path: Path) -> None:
    files, data = archive(tmp_path / "archive", 60), tmp_path / "data"
    env = os.environ | {"CALLCOACH_DATA": str(data)}
    first = subprocess.Popen(
        command(files), env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        wait_until(lambda: len(in_database(data, "SELECT 1 FROM sqlite_master WHERE name = 'calls'")))
        wait_until(lambda: in_database(data, "SELECT count(*) FROM calls")[0][0] >= 4)
        workers = Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().split()
        first.send_signal(signal.SIGINT)  # to itself alone: a terminal tells the workers, too
        _, said = first.communicate(timeout=LIMIT_S)
    finally:
        first.kill()
    assert first.returncode == 130
    stored = in_database(data, "SELECT count(*) FROM calls WHERE ended")[0][0]
    [told] = said.splitlines()  # and nothing of an interpreter's
    assert (told.startswith("stopped: "), "the same command goes on from here" in told) == (True, True)
    assert int(told.split()[1]) <= stored < 60  # those of a worker that nobody has counted yet
    wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


@pytest.mark.parametrize("told", ["deleted", "otherwise"])
def test_again_makes_a_new_call_of_what_was_deleted_or_told_wrongly(tmp_path: Path, shell: Shell, told: str) -> None:
    file = next(archive(tmp_path / "archive", 1).iterdir())
    first = shell("score", "--store", file, "--model", "none", "--names", NAMES)
    before = first[1].split()[0]
    table = tmp_path / "right.csv"
    table.write_text(f"file,agent_id,direction\n{file.name},1042,out\n")
    facts = () if told == "deleted" else ("--facts", table)
    if told == "deleted":
        assert shell("calls", "delete", before)[0] == 0
    code, _, said = shell("score", "--store", file, "--model", "none", *facts)
    assert (code, "--again" in said) == (1 if told == "deleted" else 0, True)
    for _ in range(2):  # the second time there is nothing to do
        code, out, said = shell("score", "--store", file, "--model", "none", "--again", *facts)
        assert code == 0, said
    assert said.splitlines()[-1] == "0 stored, 1 there already, 0 not stored"
    call_id = out.split()[0]
    calls = in_database(tmp_path / "data", "SELECT call_id, agent_id, direction, started_at FROM calls")
    wanted = (None, "inbound") if told == "deleted" else ("1042", "outbound")
    assert [call[:3] for call in calls] == [(call_id, *wanted)]
    assert call_id != before
    if told == "otherwise":  # when it began is told by nobody now, and stays
        assert calls[0][3] == pytest.approx(datetime(2026, 11, 3).astimezone().timestamp())
    deletions = "SELECT object, json_extract(details, '$.reason') FROM audit WHERE action = 'call.delete'"
    assert in_database(tmp_path / "data", deletions) == [(before, "by hand" if told == "deleted" else "again")]
    assert [path.stem for path in (tmp_path / "data" / "recordings").iterdir() if path.suffix == ".flac"] == [call_id]


def test_again_brings_no_consent_back_and_touches_no_held_call(tmp_path: Path, shell: Shell) -> None:
    withdrawn, held = sorted(archive(tmp_path / "archive", 2).iterdir())
    table = tmp_path / "facts.csv"
    table.write_text(f"file,recording_consent\n{withdrawn.name},no\n")
    shell("score", "--store", withdrawn, held, "--model", "none", "--names", NAMES, "--facts", table)
    call_id = in_database(tmp_path / "data", "SELECT call_id FROM calls WHERE agent_id = '1001'")[0][0]
    assert shell("calls", "hold", call_id, "--reason", "lawsuit")[0] == 0
    table.write_text(f"file,agent_id\n{withdrawn.name},7\n{held.name},7\n")
    code, _, said = shell("score", "--store", withdrawn, held, "--model", "none", "--again", "--facts", table)
    assert (code, f"{held.name}: call {call_id} is held (lawsuit)" in said) == (1, True)
    assert in_database(tmp_path / "data", "SELECT agent_id FROM calls ORDER BY agent_id") == [("1001",), ("7",)]
    assert [path.stem for path in (tmp_path / "data" / "recordings").iterdir() if path.suffix == ".flac"] == [call_id]


def options(folder: Path) -> ShelfOptions:
    return ShelfOptions(StoreSettings(), RecordingSettings(), folder / "data")


def heard(shelf: Shelf, recording: Recording) -> tuple[Any, list[Any]]:
    """A call of this recording, not kept yet."""
    place = shelf.begin(recording)
    source = place.listened(recording.open(place.facts))
    notes = [note for piece in source for note in piece.notes]
    started = CallStarted(0, place.call_id, place.begun_at, source.channels, place.facts, "r", "1", "h", "none")
    events = [started, *notes, CallEnded(1_000, "finished")]
    return place, [Record(place.call_id, seq, event) for seq, event in enumerate(events, 1)]


def test_what_was_placed_and_not_kept_goes_before_it_is_heard_again(tmp_path: Path) -> None:
    file = next(archive(tmp_path / "archive", 1).iterdir())
    recordings = tmp_path / "data" / "recordings"
    killed, _ = heard(Shelf(options(tmp_path)), Recording(file))
    killed._whole.place()
    assert recording_of(recordings, killed.call_id) is not None
    place, records = heard(Shelf(options(tmp_path)), Recording(file))
    assert [path.name for path in recordings.iterdir()] == [f"{place.call_id}.part"]
    place.keep(records)
    assert sorted(path.name for path in recordings.iterdir()) == [f"{place.call_id}.flac", f"{place.call_id}.peaks"]
    place.abandon()  # Ctrl-C just after it was kept
    assert recording_of(recordings, place.call_id) is not None
    assert Shelf(options(tmp_path)).begin(Recording(file)).is_kept


def test_of_two_who_come_to_the_same_recording_one_keeps_it(tmp_path: Path) -> None:
    file = next(archive(tmp_path / "archive", 1).iterdir())
    (place, records), (other, others) = (heard(Shelf(options(tmp_path)), Recording(file)) for _ in range(2))
    other.keep(others)
    with pytest.raises(StoreError, match="somebody else"):
        place.keep(records)
    place.abandon()
    assert SqlStore(tmp_path / "data" / "calls.db").calls() == [other.call_id]
    assert [path.stem for path in (tmp_path / "data" / "recordings").glob("*.flac")] == [other.call_id]


@pytest.mark.parametrize(("consent", "told", "is_kept", "fact"), [
    ("never", None, False, None), ("never", True, False, True), ("asked", None, True, True),
    ("asked", False, False, False), ("always", False, False, False), ("always", None, True, True),
])  # fmt: skip
def test_a_recording_is_kept_unless_the_team_or_the_customer_says_no(
    tmp_path: Path, consent: Any, told: bool | None, is_kept: bool, fact: bool | None
) -> None:
    store = SqlStore(tmp_path / "data" / "calls.db")
    SqlTeamSettings(store.database).add("a", SettingsVersion(3, 0.0, None, "x", TeamSettings(consent=consent)))
    file = next(archive(tmp_path / "archive", 1).iterdir())
    facts = CallFacts(team="a", recording_consent=told)
    place, records = heard(Shelf(options(tmp_path)), Recording(file, facts=facts))
    place.keep(records)
    started = store.read(place.call_id)[0].event
    assert isinstance(started, CallStarted)
    assert (started.facts.recording_consent, started.team_settings_version) == (fact, 3)
    assert (recording_of(tmp_path / "data" / "recordings", place.call_id) is not None) is is_kept
    assert any(isinstance(record.event, RecordingStarted) for record in records) is is_kept


def test_it_looks_like_a_call_that_was_heard_live(tmp_path: Path, shell: Shell) -> None:
    centre = Centre(tmp_path / "data")
    centre.registry.directory.add_team("售后", "after-sales")
    file = next(archive(tmp_path / "archive", 1).iterdir())
    (tmp_path / "facts.csv").write_text(
        f"file,agent_id,team,started_at\n{file.name},1042,售后,2026-11-03T09:12:04+08:00\n"
    )
    code, _, said = shell("score", "--store", file, "--model", "none", "--facts", tmp_path / "facts.csv")
    assert (code, said.splitlines()[-1]) == (0, "1 stored, 0 there already, 0 not stored")
    recordings = FolderRecordings(tmp_path / "data" / "recordings")
    with TestClient(centre.make_app(Edges(recordings=recordings)), base_url=ADDRESS) as client:
        headers = centre.page("lead", Role.LEAD, team="after-sales")
        call = client.get("/api/calls", headers=headers).json()[0]
        assert call["started_at"] == "2026-11-03T09:12:04+08:00"
        assert (call["ended"], call["facts"]["agent_id"], call["facts"]["team"]) == ("finished", "1042", "after-sales")
        audio = client.get(f"/api/calls/{call['call_id']}/audio", headers=headers)
        assert (audio.status_code, audio.content[:4]) == (200, b"fLaC")
    placed = recordings.find(call["call_id"])
    assert placed is not None
    assert placed.with_suffix(PEAKS).is_file()  # who opens the call first does not wait for them
    assert np.array_equal(soundfile.read(placed, dtype="int16")[0][:16_000], soundfile.read(file, dtype="int16")[0])
    assert in_database(tmp_path / "data", "SELECT actor, action, details FROM audit WHERE action = 'call.import'") == [
        (None, "call.import", '{"files":1}')
    ]


def test_a_call_of_which_no_team_is_told_is_of_its_agents(tmp_path: Path, shell: Shell) -> None:
    assert shell("teams", "add", "售后", "--id", "after-sales")[0] == 0
    added = shell("users", "add", "lin", "--name", "林", "--role", "agent", "--team", "售后", "--agent-id", "1042")
    assert added[0] == 0, added
    folder = archive(tmp_path / "archive", 2)
    for agent, file in zip(("1042", "9"), sorted(folder.iterdir()), strict=True):
        file.rename(folder / f"{agent}.wav")
    code, out, said = shell("score", "--store", folder, "--model", "none", "--names", "{agent}")
    assert (code, "1 of those stored have no team: no lead sees them" in said) == (0, True)
    teams = dict(in_database(tmp_path / "data", "SELECT call_id, team FROM calls"))
    printed = dict(reversed(line.split("  ")) for line in out.splitlines())  # type: ignore[arg-type]
    assert {Path(file).stem: teams[call_id] for file, call_id in printed.items()} == {"1042": "after-sales", "9": None}


def test_a_database_that_a_server_has_is_left_alone(tmp_path: Path, shell: Shell) -> None:
    file = next(archive(tmp_path / "archive", 1).iterdir())
    with claim(tmp_path / "data" / "calls.db"):
        code, _, said = shell("score", "--store", file, "--model", "none")
    assert code == 1
    assert "is in use by another callcoach" in said
    assert "/qa/import" in said
    assert not in_database(tmp_path / "data", "SELECT 1 FROM calls")


def test_on_postgresql_it_runs_beside_a_server(
    tmp_path: Path, shell: Shell, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = postgres.new_database()
    monkeypatch.setenv("CALLCOACH_STORE__ADDRESS", f"postgresql://{PROGRAM}@/{database}?host={postgres.folder}")
    files = archive(tmp_path / "archive", 3, broken=(1,))
    with claim(tmp_path / "data" / "calls.db"):  # as a server has it
        code, _, said = shell("score", "--store", files, "--model", "none", "--names", NAMES)
        assert (code, said.splitlines()[-1]) == (1, "2 stored, 0 there already, 1 not stored (named above)")
        again = shell("score", "--store", files, "--model", "none", "--names", NAMES)
    assert again[2].splitlines()[-1] == "0 stored, 2 there already, 1 not stored (named above)"
    store = SqlStore(Postgres(postgres.address(database)))
    rows = store.find(Wanted(agents=("1000", "1002")))
    store.close()
    assert {row.call_id for row in rows} == {path.stem for path in (tmp_path / "data" / "recordings").iterdir()}
    assert len(rows) == 2


@pytest.mark.parametrize("flag", ["--csv", "--plot", "--events"])
def test_what_belongs_to_scoring_alone_is_refused(tmp_path: Path, shell: Shell, flag: str) -> None:
    file = next(archive(tmp_path / "archive", 1).iterdir())
    code, _, said = shell("score", "--store", file, flag, tmp_path / "out.csv")
    assert (code, f"{flag} does not go with --store" in said) == (1, True)


def _starts(options: object) -> None:
    pass


def _scores(recording: Recording) -> Json:
    if recording.path.name == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    return {"file": str(recording.path)}


def test_a_file_that_kills_its_worker_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "_start_worker", _starts)
    monkeypatch.setattr(scoring, "_score_in_worker", _scores)
    monkeypatch.setattr(scoring, "load_rulebook", lambda path: None)
    names = ["a", "b", "deadly", "c", "d"]
    some: Any = scoring.ScoreOptions(Path("x"), None, None, None)  # type: ignore[arg-type]
    results = list(score_all([Recording(Path(name)) for name in names], some, 2, lambda _: None))
    assert [result["file"] for result in results] == names
    assert ["error" in result for result in results] == [False, False, True, False, False]


def test_a_time_of_change_that_no_calendar_has_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "call.wav"
    path.touch()
    made = os.stat_result((*path.stat()[:7], 0, 1 << 50, 0))
    recording = Recording(path)
    monkeypatch.setattr(Path, "stat", lambda self: made)
    with pytest.raises(AudioError, match="call.wav: no calendar has its time of change: --facts tells when it began"):
        _ = recording.begun_at
    assert recording.begun_s == 0.0
