"""Recordings that people drop on the page: whose they may be, what they may cost, and what becomes of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import soundfile
from starlette.testclient import TestClient

from pipeline.audio.recording.recorder import RecordingSettings
from pipeline.cli.choices import read_choices, rulebook_path
from pipeline.cli.import_worker import work
from pipeline.cli.scoring import ScoreOptions
from pipeline.cli.shelf import ShelfOptions
from pipeline.people.permissions import Role
from pipeline.ports import SAMPLE_RATE_HZ
from pipeline.server.app import Edges
from pipeline.server.import_jobs import ImportRefused, ImportSettings, Work
from pipeline.server.import_queue import ImportQueue
from pipeline.session.recordings import FolderRecordings
from pipeline.store.deletion import Deletion
from pipeline.store.opening import StoreSettings
from pipeline.store.sql import SqlStore
from tests.server.conftest import ADDRESS, Centre
from tests.server.import_workers import answers, knows
from tests.sound import speech, stereo
from tests.waiting import wait_until

LIMITS = ImportSettings(file_mb=1, waiting_mb=2, free_mb=1)


class House:
    """A server where recordings are dropped; QA is of team a, the lead of b."""

    def __init__(self, folder: Path, work: Work, limits: ImportSettings = LIMITS) -> None:
        self.centre = Centre(folder)
        for team in ("a", "b"):
            self.centre.registry.directory.add_team(f"班组 {team}", team)
        self.queue = ImportQueue(folder / "imports", work, limits)
        app = self.centre.make_app(Edges(None, FolderRecordings(folder / "recordings"), imports=self.queue))
        self.client = TestClient(app, base_url=ADDRESS)
        self.qa = self.centre.page("qa", Role.QA, assigned=("a",))
        self.lead = self.centre.page("lead", Role.LEAD, team="b")

    @property
    def qa_id(self) -> str:
        """Id of QA."""
        user = self.centre.registry.directory.user_named("qa")
        assert user is not None
        return user.id

    def drop(self, content: bytes, name: str = "x.wav", team: str = "a", **query: Any) -> Any:
        who = query.pop("who", self.qa)
        return self.client.post(
            "/api/imports", params={"name": name, "team": team, **query}, content=content, headers=who
        )

    def jobs(self, who: Any = None) -> list[Any]:
        found: list[Any] = self.client.get("/api/imports", headers=who or self.qa).json()["jobs"]
        return found

    def ended(self) -> list[Any]:
        return wait_until(lambda: jobs if (jobs := self.jobs()) and all(
            job["state"] in ("done", "refused") for job in jobs) else [])  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, answers)
    with house.client:
        yield house


def test_a_file_costs_only_itself(house: House) -> None:
    for content in (b"good", b"dies", b"bomb", b"spins", b"lies", b"boasts", b"good"):
        assert house.drop(content).status_code == 201
    jobs = house.ended()
    assert [(job["state"], job["reason"]) for job in jobs] == [
        ("done", None), ("refused", "died"), ("refused", "memory"), ("refused", "time"), ("refused", "died"),
        ("refused", "died"), ("done", None),
    ]  # fmt: skip
    assert jobs[0]["figures"] == {"score": 81.9, "assessed_share": 0.96, "to_confirm": 1, "is_mixed": False}
    assert not list(house.queue.folder.iterdir())
    rows = [row for row in house.centre.audit.rows() if row.action == "call.import"]
    assert {row.object for row in rows} == {job["id"] for job in jobs}
    assert json.loads(rows[0].details) == {"team": "a", "bytes": 4}


def test_one_waits_for_the_other_and_each_can_be_taken_back(house: House) -> None:
    first, second, third = (house.drop(content).json()["id"] for content in (b"hangs", b"good", b"good"))
    wait_until(lambda: house.jobs()[0]["share"] == 0.25)
    assert [job["state"] for job in house.jobs()] == ["scoring", "waiting", "waiting"]
    assert house.client.delete(f"/api/imports/{second}", headers=house.lead).status_code == 404
    for job in (second, first):
        assert house.client.delete(f"/api/imports/{job}", headers=house.qa).status_code == 204
    assert [(job["id"], job["state"]) for job in house.ended()] == [(third, "done")]


def test_what_is_dropped_is_told_to_whoever_dropped_it(house: House) -> None:
    house.drop(b"good", "1042_13800001234.wav")
    house.drop(b"good", team="b", who=house.lead)
    assert [job["name"] for job in house.ended()] == ["1042_［手机号］.wav"]
    assert len(house.jobs(house.lead)) == 1
    told = house.client.get("/api/imports", headers=house.lead).json()
    assert (told["teams"], told["file_mb"]) == ([{"id": "b", "name": "班组 b"}], 1)


@pytest.mark.parametrize(("change", "status"), [
    ({"team": "b"}, 404), ({"team": "gone"}, 404), ({"names": "{caller}"}, 422), ({"name": ""}, 422),
    ({"name": "x" * 256}, 422), ({"agent_channel": "middle"}, 422), ({"content": b""}, 422),
    ({"content": bytes(1_000_001)}, 413), ({"changed_ms": -1}, 422),
])  # fmt: skip
def test_what_cannot_be_is_refused_and_leaves_nothing(house: House, change: dict[str, Any], status: int) -> None:
    assert house.drop(**{"content": b"good", **change}).status_code == status
    assert house.jobs() == []
    assert not house.queue.folder.exists() or not list(house.queue.folder.iterdir())


def test_a_strangers_name_is_no_path(house: House, tmp_path: Path) -> None:
    for name in ("../../../etc/passwd", "..\\..\\boot.ini", "/abs.wav", "ab\x1b[2J.wav", "..", "x.sh"):
        assert house.drop(b"hangs", name).status_code == 201
    paths = list(house.queue.folder.iterdir())
    assert {path.suffix for path in paths} <= {"", ".wav"}
    assert {path.parent for path in paths} == {house.queue.folder}
    assert [job["name"] for job in house.jobs()][:3] == ["passwd", "boot.ini", "abs.wav"]
    assert not (tmp_path.parent / "etc").exists()


def test_an_agent_of_another_team_gets_no_call(house: House) -> None:
    house.centre.page("zhao", Role.AGENT, team="b", agent_id="1031")
    refused = house.drop(b"good", "1031_x.wav", names="{agent}_*")
    assert (refused.status_code, "is not of this team" in refused.json()["detail"]) == (422, True)
    assert house.drop(b"good", "1031_x.wav", team="b", names="{agent}_*", who=house.lead).status_code == 201
    assert house.drop(b"good", "9999_x.wav", names="{agent}_*").status_code == 201  # nobody's yet


def test_no_more_waits_than_there_is_room_for(tmp_path: Path) -> None:
    house = House(tmp_path, answers, ImportSettings(file_mb=1, waiting_mb=1, free_mb=1))
    with house.client:
        house.drop(b"hangs")
        wait_until(lambda: house.jobs()[0]["state"] == "scoring")
        assert house.drop(bytes(900_000)).status_code == 201
        assert house.drop(bytes(900_000)).status_code == 507
    full = House(tmp_path / "full", answers, ImportSettings(free_mb=10_000_000))
    with full.client:
        assert full.drop(b"good").status_code == 507


def test_everybody_has_a_turn(tmp_path: Path) -> None:
    house = House(tmp_path, answers)
    with house.client:
        first = house.drop(b"hangs").json()["id"]
        wait_until(lambda: house.jobs()[0]["state"] == "scoring")
        for name in ("a", "b", "c"):
            house.drop(b"hangs", name)
        theirs = house.drop(b"hangs", team="b", who=house.lead).json()["id"]
        told = house.client.get("/api/imports", headers=house.lead).json()
        assert ([job["ahead"] for job in told["jobs"]], told["others"]) == ([1], 4)  # behind what is at work alone
        assert [job["ahead"] for job in house.jobs()] == [None, 2, 3, 4]
        house.client.delete(f"/api/imports/{first}", headers=house.qa)
        wait_until(lambda: house.jobs(house.lead)[0]["state"] == "scoring")
        house.client.delete(f"/api/imports/{theirs}", headers=house.lead)
        wait_until(lambda: [job["state"] for job in house.jobs()] == ["scoring", "waiting", "waiting"])


def test_one_person_has_a_share_of_the_room_and_is_told_so(tmp_path: Path) -> None:
    house = House(tmp_path, answers, ImportSettings(file_mb=1, waiting_mb=5, free_mb=1, person_files=2))
    with house.client:
        house.drop(b"hangs")
        wait_until(lambda: house.jobs()[0]["state"] == "scoring")
        assert [house.drop(b"good").status_code for _ in range(2)] == [201, 201]
        refused = house.drop(b"good")
        assert (refused.status_code, refused.json()["reason"]) == (507, "no_room")
        assert "2 of your recordings come and wait already" in refused.json()["detail"]
        assert house.drop(b"good", team="b", who=house.lead).status_code == 201
    limits = ImportSettings(file_mb=1, waiting_mb=5, free_mb=1, person_mb=1)
    house = House(tmp_path / "large", answers, limits)
    with house.client:
        house.drop(b"hangs")
        wait_until(lambda: house.jobs()[0]["state"] == "scoring")
        assert [house.drop(bytes(600_000)).status_code for _ in range(2)] == [201, 507]
        assert house.drop(bytes(600_000), team="b", who=house.lead).status_code == 201


def test_who_pauses_lets_others_pass_and_may_take_all_back(house: House) -> None:
    def pause(is_wanted: bool) -> None:
        body = {"is_wanted": is_wanted}
        assert house.client.put("/api/imports/pause", json=body, headers=house.qa).status_code == 204

    pause(True)
    for _ in range(2):
        house.drop(b"good")
    house.drop(b"good", team="b", who=house.lead)
    wait_until(lambda: house.jobs(house.lead)[0]["state"] == "done")
    told = house.client.get("/api/imports", headers=house.qa).json()
    assert [(job["state"], job["ahead"]) for job in told["jobs"]] == [("waiting", None)] * 2
    assert (told["is_paused"], told["others"]) == (True, 0)
    house.client.delete(f"/api/imports/{told['jobs'][0]['id']}", headers=house.qa)
    pause(False)
    assert [job["state"] for job in house.ended()] == ["done"]
    pause(True)
    house.drop(b"hangs")
    assert house.client.delete("/api/imports", headers=house.qa).status_code == 204
    told = house.client.get("/api/imports", headers=house.qa).json()
    assert ([job["state"] for job in told["jobs"]], told["is_paused"]) == (["done"], False)
    assert not list(house.queue.folder.iterdir())


def test_what_comes_counts_as_its_persons_from_the_first_byte(tmp_path: Path) -> None:
    queue = ImportQueue(tmp_path, answers, ImportSettings(file_mb=5, waiting_mb=10, person_mb=4, free_mb=1))
    queue.receive("mallory", 5_000_000)  # alone, it may be larger
    queue.received("mallory", 5_000_000)
    for _ in range(2):
        queue.receive("mallory", 2_000_000)
    with pytest.raises(ImportRefused, match="4 MB of yours may come and wait"):
        queue.receive("mallory", 1)
    queue.receive("alice", 4_000_000)
    queue.receive("bob", 2_000_000)
    with pytest.raises(ImportRefused, match="10 MB of everybody's wait already"):
        queue.receive("carol", 1)


def test_what_waits_of_one_who_has_paused_takes_no_room_of_others(tmp_path: Path) -> None:
    house = House(tmp_path, answers, ImportSettings(file_mb=1, waiting_mb=1, free_mb=1))
    with house.client:
        house.queue.pause(house.qa_id, is_wanted=True)
        assert house.drop(bytes(900_000)).status_code == 201
        assert house.drop(b"hangs", team="b", who=house.lead).status_code == 201
        assert house.drop(bytes(900_000), team="b", who=house.lead).status_code == 201
        assert house.drop(bytes(900_000), team="b", who=house.lead).status_code == 507


@pytest.mark.parametrize("how", ["removed", "put out", "another team"])
def test_what_waits_of_one_who_may_no_more_becomes_no_call(house: House, how: str) -> None:
    house.drop(b"hangs", team="b", who=house.lead)
    wait_until(lambda: house.jobs(house.lead)[0]["state"] == "scoring")
    for _ in range(2):
        house.drop(b"good")
    directory, qa = house.centre.registry.directory, house.qa_id
    if how == "removed":
        directory.remove(qa)
    else:
        directory.change(qa, {"is_disabled": True} if how == "put out" else {"assigned": ["b"]})
    house.queue.pause(qa, is_wanted=True)  # who has paused never has a turn
    [job] = house.jobs(house.lead)
    assert house.client.delete(f"/api/imports/{job['id']}", headers=house.lead).status_code == 204
    wait_until(lambda: all(job.state == "refused" for job in house.queue.dropped(qa).jobs))
    assert [job.reason for job in house.queue.dropped(qa).jobs] == ["barred", "barred"]
    assert not list(house.queue.folder.iterdir())


@pytest.mark.parametrize(("told", "status"), [
    ({"name": "10_00010101.wav", "names": "{agent}_{date}"}, 201),  # does not fit
    ({"cells": '{"started_at": "0001-01-01"}'}, 422), ({"cells": '{"started_at": "2201-01-01T00:00:00Z"}'}, 422),
    ({"cells": '{"customer_name": "\\ud800"}'}, 422), ({"cells": '{"\\udfff": "x"}'}, 422),
    ({"changed_ms": 7_289_568_000_001}, 422),
])  # fmt: skip
def test_times_off_the_calendar_and_half_characters_are_told(house: House, told: dict[str, Any], status: int) -> None:
    answer = house.drop(b"good", **told)
    assert answer.status_code == status
    if "cells" in told:
        assert answer.json()["reason"] == "cell"
    body = {"pattern": told.get("names", ""), "names": ["10_00010101.wav"], "cells": [{"started_at": "0001-01-01"}]}
    [named] = house.client.post("/api/imports/names", json=body, headers=house.qa).json()
    assert (named["started_at"], named["wrong"]) == (None, "started_at")


def test_a_page_of_another_site_drops_nothing(house: House) -> None:
    assert house.drop(b"good", who={**house.qa, "origin": "https://evil.example"}).status_code in (401, 403)
    assert house.jobs() == []


def test_names_are_shown_before_anything_is_sent(house: House) -> None:
    body = {"pattern": "{agent}_{date}_*", "names": ["1042_20261103_x.wav", "x.wav"]}
    first, second = house.client.post("/api/imports/names", json=body, headers=house.qa).json()
    assert (first["fits"], first["facts"]["agent_id"], first["started_at"][:10]) == (True, "1042", "2026-11-03")
    assert (second["fits"], second["started_at"]) == (False, None)
    body["pattern"] = "*"
    assert house.client.post("/api/imports/names", json=body, headers=house.qa).status_code == 422


def test_a_line_of_a_table_has_the_last_word(house: House) -> None:
    house.centre.page("lin", Role.AGENT, team="a", agent_id="1042")
    house.centre.page("zhao", Role.AGENT, team="b", agent_id="1031")
    body = {
        "pattern": "{agent}_*",
        "names": ["7_13800001234.wav", "7_b.wav", "7_c.wav", "d.wav", "7_e.wav"],
        "cells": [
            {"agent_id": "1042", "direction": "呼出", "started_at": "2026-11-03T09:12:04+08:00"},
            {"agent_id": "1031"}, {"direction": "sideways"}, {"team": "班组 b"}, {"team": "班组 a"},
        ],
    }  # fmt: skip
    told = house.client.post("/api/imports/names", json=body, headers=house.qa).json()
    facts = told[0]["facts"]
    assert (told[0]["shown"], facts["agent_id"], facts["direction"]) == ("7_［手机号］.wav", "1042", "outbound")
    assert (told[0]["agent_name"], told[0]["agent_team"], told[0]["started_at"]) == (
        "Lin", "a", "2026-11-03T09:12:04+08:00"
    )  # fmt: skip
    assert [row["is_elsewhere"] for row in told] == [False, True, False, False, False]
    assert [row["wrong"] for row in told] == [None, None, "direction", "team", None]
    assert (told[1]["agent_name"], told[1]["agent_team"], told[4]["team"]) == (None, None, "a")
    dropped = [
        house.drop(b"good", name, names="{agent}_*", cells=json.dumps(cells))
        for name, cells in zip(body["names"], body["cells"], strict=True)
    ]
    assert [one.status_code for one in dropped] == [201, 422, 422, 422, 201]
    assert [one.json()["reason"] for one in dropped[1:4]] == ["other_team", "cell", "cell"]
    for cells in ("[]", "{", '{"agent_id": 7}', '{"agent_id": ["x"]}'):
        assert house.drop(b"good", cells=cells).status_code == 422
    assert house.drop(b"good", cells='{"caller": "7"}').json()["reason"] == "cell"


def test_what_is_told_of_a_call_of_another_team(tmp_path: Path) -> None:
    house = House(tmp_path, knows)
    with house.client:
        house.drop(b"good")
        [job] = house.ended()
        assert (job["state"], job["is_known"], job["call_id"]) == ("done", True, None)
        assert "call-of-b" not in json.dumps(job)


def test_a_recording_becomes_a_call_and_is_there_once(tmp_path: Path) -> None:
    choices = read_choices(None, {"asr.model": "demo"})
    shelf = ShelfOptions(StoreSettings(), RecordingSettings(), tmp_path)
    options = ScoreOptions(
        rulebook_path(choices.coach.rulebook), choices.asr, choices.recogniser, choices.call, shelf=shelf
    )
    limits = ImportSettings()
    house = House(tmp_path, partial(work, options, limits), limits)
    sound = stereo([(100, speech("您好", "f2"))], [(900, speech("你好", "m3"))], 2_000)
    soundfile.write(tmp_path / "a.wav", sound, SAMPLE_RATE_HZ)
    content = (tmp_path / "a.wav").read_bytes()
    with house.client:
        house.drop(content, "1042_20261103_091204_in.wav", names="{agent}_{date}_{time}_{direction}")
        house.drop(content, "copy.wav")
        house.drop(b"<!doctype html>" * 100)
        house.drop(content[: len(content) // 2])
        done, copy, none, cut = house.ended()
        assert (done["state"], done["call_id"], done["is_known"], done["share"]) == ("done", done["id"], False, 1.0)
        assert (done["figures"]["is_mixed"], copy["figures"]) == (False, None)
        assert (copy["state"], copy["call_id"], copy["is_known"]) == ("done", done["id"], True)
        assert (none["state"], none["reason"]) == ("refused", "unreadable")
        assert (cut["state"], cut["reason"]) == ("refused", "cut_off")
        assert str(tmp_path) not in json.dumps([none, cut])
        calls = house.client.get("/api/calls", headers=house.qa).json()
        assert [(call["call_id"], call["facts"]["agent_id"], call["facts"]["team"]) for call in calls] == [
            (done["id"], "1042", "a")
        ]
        assert house.client.get(f"/api/calls/{done['id']}/audio", headers=house.qa).content[:4] == b"fLaC"
        first = house.client.get(f"/api/calls/{done['id']}/records", headers=house.qa).json()[0]["event"]
        assert first["engine"] != "none"
        with closing(sqlite3.connect(tmp_path / "calls.db")) as database:
            assert database.execute("SELECT name FROM origins").fetchall() == [("1042_20261103_091204_in.wav",)]
        store = SqlStore(tmp_path / "calls.db")
        Deletion(store.database).delete(done["id"])
        store.close()
        house.drop(content)
        again = house.ended()[-1]
        assert (again["state"], again["reason"], done["id"] in json.dumps(again)) == ("refused", "deleted", False)
