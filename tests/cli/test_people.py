"""`callcoach users | teams | tokens` as people run them at the machine."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest

from pipeline.cli.first_people import at_desk
from pipeline.cli.people import House
from pipeline.errors import AccountRefused
from pipeline.events.call import CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.people.audit import Audit
from pipeline.people.entrance import LinkPurpose
from pipeline.people.permissions import MachineRole, Role
from pipeline.server.registry import Registry
from pipeline.store.audit import SqliteAuditLog
from pipeline.store.claim import claim
from pipeline.store.sqlite import SqliteStore
from tests.cli.conftest import Shell
from tests.people.conftest import DESK, PASSWORD
from tests.writing import add


def test_a_person_is_added_comes_in_by_the_link_and_is_removed(shell: Shell) -> None:
    assert shell("teams", "add", "A 组", "--id", "a")[0] == 0
    code, out, _ = shell(
        "users", "add", "wang", "--role", "agent", "--name", "王敏", "--team", "A 组", "--agent-id", "7"
    )
    found = re.search(r"^http://127\.0\.0\.1:8000/login#(\S+) ", out, re.MULTILINE)
    assert (code, found is not None) == (0, True), out
    opened = House.open().accounts.use(found[1], PASSWORD, DESK)  # type: ignore[index]
    assert (opened.signed_in.name, opened.signed_in.person.team) == ("王敏", "a")
    (listed,) = (json.loads(line) for line in shell("users", "list", "--json")[1].splitlines())
    assert (listed["login"], listed["agent_id"], listed["has_password"]) == ("wang", "7", True)
    assert "王敏" in shell("users", "list")[1]
    assert shell("teams", "list")[1] == "A 组\ta\t1\n"
    assert shell("users", "remove", "7")[0] == 0
    assert House.open().accounts.signed_in(opened.secret) is None
    assert shell("users", "list", "--json")[1] == ""


def test_a_password_comes_by_the_standard_input_or_nothing_is_done(shell: Shell) -> None:
    add = ("users", "add", "zhengyan", "--role", "admin", "--password-stdin")
    code, _, err = shell(*add, told="password1234\n")
    assert (code, err.count("\n"), "everybody tries" in err) == (1, 1, True)
    assert House.open().directory.users() == []
    code, out, _ = shell(*add, told=PASSWORD + "\n")
    assert (code, "http" in out) == (0, False)
    assert House.open().accounts.sign_in("zhengyan", PASSWORD, DESK).signed_in.person.role == Role.ADMIN


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("users", "add", "a", "--role", "boss"), "must be agent|qa|lead|admin"),
        (("users", "add", "a", "--role", "agent", "--team", "x"), "callcoach teams add"),
        (("users", "add", "a b", "--role", "agent"), "without spaces"),
        (("users", "remove", "nobody"), "callcoach users list"),
        (("users", "link", "nobody"), "no user 'nobody'"),
        (("tokens", "revoke", "x"), "no token 'x' in use"),
        (("tokens", "add", "x", "--role", "boss"), "must be telephone|records|metrics"),
        (("tokens", "add", "x", "--role", "records", "--file", "no/such/folder"), "cannot be made"),
        (("users", "import", "missing.csv"), "missing.csv: cannot be read: No such file"),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(shell: Shell, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = shell(*arguments)
    assert (code, out, err.count("\n"), said in err) == (1, "", 1, True), err
    house = House.open()
    assert (house.directory.users(), house.tokens.tokens()) == ([], [])


def test_the_link_of_the_first_start_is_made_anew_until_there_is_an_administrator(shell: Shell) -> None:
    code, out, _ = shell("users", "link", "--port", 8765)
    secret = out.split(" ")[0].removeprefix("http://127.0.0.1:8765/login#")
    assert (code, House.open().accounts.look(secret).purpose) == (0, LinkPurpose.FIRST)
    shell("users", "add", "zhengyan", "--role", "admin", "--password-stdin", told=PASSWORD + "\n")
    code, _, err = shell("users", "link")
    assert (code, "name the LOGIN" in err) == (1, True)
    secret = shell("users", "link", "zhengyan")[1].split(" ")[0].partition("#")[2]
    assert House.open().accounts.look(secret).purpose == LinkPurpose.RESET


def test_the_link_of_the_desk_is_made_anew(shell: Shell) -> None:
    shell("users", "add", "desk", "--role", "agent", "--agent-id", "desk")
    secret = shell("users", "link", "desk")[1].split(" ")[0].removeprefix("http://127.0.0.1:8000/agent?key=")
    assert House.open().accounts.enter(secret, DESK).signed_in.login == "desk"


def test_a_link_goes_to_the_server_that_runs_on_these_people_wherever_it_listens(shell: Shell) -> None:
    with claim(House.open().database.path, "https://127.0.0.1:8811"):
        assert shell("users", "link")[1].startswith("https://127.0.0.1:8811/login#")
    assert shell("users", "link")[1].startswith("http://127.0.0.1:8000/login#")


def test_a_list_is_imported_or_its_faults_are_named(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes("姓名,登录名,角色,班组\n王敏,wang,班长,A 组\n赵明,zhao,老板,A 组\n".encode("gb18030"))
    code, out, err = shell("users", "import", file)
    assert (code, out, f"{file}:3: role is '老板'" in err, House.open().directory.users()) == (1, "", True, [])
    file.write_bytes(file.read_bytes().replace("老板".encode("gb18030"), "坐席".encode("gb18030")))
    assert shell("users", "import", file)[:2] == (0, "added: 2, changed: 0, new teams: A 组\n")
    assert shell("users", "import", file)[:2] == (0, "added: 0, changed: 2\n")
    assert "it is a pipe or device" in shell("users", "import", "/dev/zero")[2]


def test_an_agent_id_with_calls_goes_to_nobody_else_at_the_machine_either(shell: Shell, tmp_path: Path) -> None:
    shell("users", "add", "wang", "--role", "agent", "--agent-id", "7")
    started = CallStarted(
        0, "a", "2026-11-22", (Channel.AGENT,), CallFacts(agent_id="7"), "support-zh", "1", "", "none"
    )
    store = SqliteStore(House.open().database.path)
    add(store, "a", [started])
    shell("users", "remove", "wang")
    file = tmp_path / "people.csv"
    file.write_text("姓名,登录名,角色,工号\n赵明,zhao,坐席,7\n", encoding="utf-8")
    for command in (("users", "add", "zhao", "--role", "agent", "--agent-id", "7"), ("users", "import", file)):
        code, out, err = shell(*command)
        assert (code, out, "calls would be shown" in err) == (1, "", True), err
    registry = Registry.of(store, Audit(SqliteAuditLog(store.database), b"a key of the tests"))
    with pytest.raises(AccountRefused, match="calls would be shown"):
        at_desk(registry, "7", None)  # as `callcoach live --agent-id 7`
    assert House.open().directory.users() == []


def test_a_token_is_printed_once_or_written_to_a_file_of_ones_own(shell: Shell, tmp_path: Path) -> None:
    secret = shell("tokens", "add", "CTI", "--role", "telephone")[1].strip()
    machine = House.open().accounts.machine(secret)
    assert machine is not None
    assert machine.role == MachineRole.TELEPHONE
    file = tmp_path / "records.token"
    code, out, _ = shell("tokens", "add", "archive", "--role", "records", "--file", file)
    assert (code, file.read_text().strip() in out) == (0, False)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert House.open().accounts.machine(file.read_text()) is not None
    assert shell("tokens", "add", "other", "--role", "records", "--file", file)[0] == 1
    listed = shell("tokens", "list")[1]
    assert "CTI" in listed
    assert secret not in listed
    assert shell("tokens", "revoke", "CTI")[0] == 0
    assert House.open().accounts.machine(secret) is None
