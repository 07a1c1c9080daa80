"""What a start does by itself is in the audit, and secrets that others could read are told."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from starlette.testclient import TestClient

from pipeline.cli.choices import read_choices, say
from pipeline.cli.first_people import ON_THE_FLOOR, at_desk, in_demo
from pipeline.folders import dashboard
from pipeline.people.entrance import Origin
from pipeline.server import process as module
from pipeline.server.pages import HOMES
from pipeline.server.process import ServerProcess, Shared
from pipeline.server.serve import ServerSettings
from tests.cli.conftest import Shell

A_TOKEN = "a-token-of-before"
ANY_PORT = ServerSettings(port=0)


Opened = Callable[..., ServerProcess]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """A process that has started in a folder; its claim and port end with the test."""
    held: list[IO[bytes]] = []
    processes: list[ServerProcess] = []
    monkeypatch.setattr(module, "_held", held)

    def opened(folder: Path, settings: ServerSettings = ANY_PORT) -> ServerProcess:
        processes.append(ServerProcess.open(settings, folder / "calls.db", say, shared=Shared(audit=None)))
        return processes[-1]

    yield opened
    for process in processes:
        process.bound.close()
    for claim in held:
        claim.close()


def noted(process: ServerProcess) -> list[tuple[str, str | None, str]]:
    """Oldest first: action, object and details, all of what callcoach did by itself."""
    rows = process.registry.audit.rows()
    assert {(row.actor, row.address, row.agent) for row in rows} <= {(None, "here", "callcoach")}
    return [(row.action, row.object, row.details) for row in reversed(rows)]


def test_the_links_of_a_start_are_noted(opened: Opened, tmp_path: Path) -> None:
    process = opened(tmp_path)
    link = process.first_link()
    assert link is not None
    user = at_desk(process.registry, None, None)
    assert at_desk(process.registry, None, None) == user
    assert (
        process.registry.accounts.enter(process.desk_link(user).split("=")[1], Origin("here")).signed_in.login == "desk"
    )
    added = '{"agent_id":"desk","assigned":[],"is_disabled":false,"role":"agent","team":null,"telephone_id":null}'
    assert noted(process) == [
        ("link.make", None, '{"purpose":"first"}'), ("user.add", user.id, added),
        ("link.make", user.id, '{"purpose":"desk"}'),
    ]  # fmt: skip


def test_the_people_of_the_demo_are_noted_once(opened: Opened, tmp_path: Path) -> None:
    process = opened(tmp_path)
    ids = [user.id for _, user in in_demo(process.registry)]
    assert [user.id for _, user in in_demo(process.registry)] == ids
    deeds = [(action, target) for action, target, _ in noted(process)]
    colleagues = [
        process.registry.directory.user_of_agent(agent_id)
        for agent_id in (*(str(one.agent_id) for one in ON_THE_FLOOR), "1063")
    ]
    ids += [one.id for one in colleagues if one is not None]
    assert deeds == [("team.add", "hotline"), ("team.add", "repair"), *(("user.add", one) for one in ids)]
    assert len(ids) == 12


def test_the_links_of_the_demo_lead_to_the_first_page_of_their_roles(opened: Opened, tmp_path: Path) -> None:
    process = opened(tmp_path)
    people = dict(in_demo(process.registry))
    assert list(people) == ["agent", "QA", "team lead", "administrator"]
    with TestClient(process.app(dashboard()), base_url=process.address, follow_redirects=False) as browser:
        for user in people.values():
            answer = browser.get(process.desk_link(user))
            assert (answer.status_code, answer.headers["location"]) == (303, HOMES[user.role])
            assert browser.get(HOMES[user.role]).status_code == 200
            browser.cookies.clear()


def test_a_recording_that_is_deleted_by_itself_is_noted(opened: Opened, tmp_path: Path) -> None:
    process = opened(tmp_path)
    process.note_deleted("c1", None)
    assert noted(process) == [("recording.delete", "c1", '{"reason":"consent"}')]


@pytest.mark.skipif(os.name == "nt", reason="Windows has rights of its own")
def test_a_token_that_others_could_read_is_told(
    opened: Opened, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    token.write_text(A_TOKEN, encoding="utf-8")
    token.chmod(0o644)
    opened(tmp_path)
    said = capsys.readouterr().err
    assert f"{token} could be read by others" in said
    assert "callcoach tokens revoke telephone" in said
    assert A_TOKEN not in said
    opened(tmp_path / "another")
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows has rights of its own")
def test_settings_that_hold_a_token_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "callcoach.toml"
    file.write_text(f'[server]\ntoken = "{A_TOKEN}"\n', encoding="utf-8")
    for mode, is_told in ((0o640, True), (0o600, False)):
        file.chmod(mode)
        read_choices(file)
        assert ("holds a token" in capsys.readouterr().err) is is_told
    file.write_text("[server]\nport = 8001\n", encoding="utf-8")
    file.chmod(0o644)
    read_choices(file)
    assert capsys.readouterr().err == ""


def test_links_have_the_address_that_people_open(opened: Opened, tmp_path: Path) -> None:
    settings = ServerSettings(port=0, proxies=("127.0.0.1",), public_url="https://coach.example.com")
    process = opened(tmp_path, settings)
    link = process.first_link()
    assert link is not None
    assert link.startswith("https://coach.example.com/login#")


def test_a_start_without_an_administrator_prints_a_command_that_makes_a_link_from_anywhere(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[IO[bytes]] = []
    monkeypatch.setattr(module, "_held", held)
    monkeypatch.setattr(ServerProcess, "run", lambda process, app, ready: ready())
    monkeypatch.setenv("CALLCOACH_DATA", "the calls")
    (tmp_path / "my settings.toml").write_text("[server]\nport = 0\n", encoding="utf-8")
    assert shell("users", "add", "wang", "--role", "qa")[0] == 0  # people, and no administrator
    code, out, _ = shell("serve", "--config", "my settings.toml")
    for claim in held:
        claim.close()
    assert (code, "there is no administrator yet; the first one signs in with http" in out) == (0, True), out
    command = shlex.split(re.search(r"another link: (.*)\)", out)[1])  # type: ignore[index]
    assert command == [
        "callcoach", "users", "link",
        "--data", str(tmp_path / "the calls"), "--config", str(tmp_path / "my settings.toml"),
    ]  # fmt: skip
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.delenv("CALLCOACH_DATA")
    code, out, _ = shell(*command[1:])
    assert (code, "makes the first administrator" in out) == (0, True)
    assert list((tmp_path / "elsewhere").iterdir()) == []
