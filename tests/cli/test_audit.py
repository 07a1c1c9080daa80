"""`callcoach audit` and `callcoach teams show | set`; every change at the machine has its row."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.cli.people import House
from tests.cli.conftest import Shell


@pytest.fixture
def heads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CALLCOACH_AUDIT__HEAD_FILE", str(tmp_path / "heads.jsonl"))
    return tmp_path / "heads.jsonl"


@pytest.fixture
def noted(shell: Shell, heads: Path, tmp_path: Path) -> list[tuple[str, str | None]]:
    """Action and object of the rows that these changes have left."""
    people = tmp_path / "people.csv"
    people.write_text("姓名,登录名,角色\n赵,zhao,坐席\n林,lin,质检\n", encoding="utf-8")
    for command in (
        ("teams", "add", "A 组", "--id", "a"), ("users", "add", "xu", "--role", "qa"),
        ("users", "import", people), ("users", "remove", "zhao"), ("tokens", "add", "CTI", "--role", "telephone"),
        ("tokens", "revoke", "CTI"), ("teams", "set", "A 组", "consent=never", "--reason", "不录音"),
    ):  # fmt: skip
        assert shell(*command)[0] == 0, command
    return [(row.action, row.object) for row in reversed(House.open().audit.rows())]


def test_every_change_at_the_machine_is_a_row(noted: list[tuple[str, str | None]], shell: Shell) -> None:
    house = House.open()
    people = {user.login: user.id for user in house.directory.users()}
    (token,) = house.tokens.tokens()
    zhao = noted[3][1]
    assert noted == [
        ("team.add", "a"), ("user.add", people["xu"]), ("link.make", people["xu"]), ("user.add", zhao),
        ("user.add", people["lin"]), ("user.remove", zhao), ("token.add", f"token:{token.id}"),
        ("token.revoke", f"token:{token.id}"), ("team_settings.change", "a"),
    ]  # fmt: skip
    rows = [json.loads(line) for line in shell("audit", "list", "--json")[1].splitlines()]
    assert [row["number"] for row in rows] == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert {(row["actor"], row["address"], row["outcome"]) for row in rows} == {(None, "here", "done")}
    listed = shell("audit", "list", "--limit", "8")[1].splitlines()
    assert len(listed) == 8
    assert "xu" in listed[-1]
    assert not any("zhao" in line for line in listed)


def test_a_list_that_is_refused_changes_and_notes_nothing(shell: Shell, heads: Path, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("姓名,登录名,角色\n赵,zhao,坐席\n林,lin,国王\n", encoding="utf-8")
    assert shell("users", "import", people)[0] == 1
    assert (House.open().directory.users(), House.open().audit.rows()) == ([], [])


def change(tmp_path: Path, statement: str) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "calls.db")) as connection, connection:
        connection.execute("DROP TRIGGER audit_refuses_update")
        connection.execute("DROP TRIGGER audit_refuses_delete")
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit SET actor = 'x' WHERE number = 4", "row 4 was changed"),
        ("DELETE FROM audit WHERE number = 4", "row 4 is missing"),
        ("DELETE FROM audit WHERE number > 4", "row 5 and all behind it are missing here: the second place knows "),
    ],
)
def test_the_first_broken_link_is_named(noted: object, shell: Shell, tmp_path: Path, statement: str, said: str) -> None:
    code, out, err = shell("audit", "verify")
    assert (code, out.startswith("whole: 9 rows, ")) == (0, True), err
    change(tmp_path, statement)
    code, out, err = shell("audit", "verify")
    assert (code, out, said in err) == (1, "", True), err


def test_without_heads_or_key_nothing_is_called_whole(noted: object, shell: Shell, heads: Path, tmp_path: Path) -> None:
    elsewhere = heads.rename(tmp_path / "elsewhere.jsonl")
    code, _, err = shell("audit", "verify")
    assert (code, "no head of them" in err) == (1, True), err
    assert shell("audit", "verify", "--heads", elsewhere)[0] == 0
    (tmp_path / "data" / "audit-key").unlink()
    code, _, err = shell("audit", "verify", "--heads", elsewhere)
    assert (code, "audit-key" in err, (tmp_path / "data" / "audit-key").exists()) == (1, True, False), err


def test_a_copy_of_before_is_told_and_goes_on_with_heads_of_its_own(
    noted: object, shell: Shell, heads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shell("store", "backup", "there")[0] == 0
    for name in "bcd":
        assert shell("teams", "add", f"{name} 组", "--id", name)[0] == 0
    House.open().audit.keep_head()
    newest = House.open().audit.rows(limit=1)[0].number
    code, out, _ = shell("store", "restore", "there", "--to", "new")
    assert (code, "`audit verify` says so until a new file is named" in out) == (0, True)
    kept = int(out.partition("the audit is whole: ")[2].partition(" rows")[0])
    monkeypatch.setenv("CALLCOACH_DATA", str(tmp_path / "new"))
    code, out, err = shell("audit", "verify")
    assert (code, out) == (1, "")
    assert f"knows the rows {kept + 1} to {newest} ({newest - kept}), the last of 20" in err
    assert "or this is a copy of before, as a restored backup is" in err
    monkeypatch.setenv("CALLCOACH_AUDIT__HEAD_FILE", str(tmp_path / "heads of the copy.jsonl"))
    assert shell("teams", "add", "e 组", "--id", "e")[0] == 0
    code, out, err = shell("audit", "verify")
    assert (code, out.startswith(f"whole: {kept + 1} rows, ")) == (0, True), err


def test_what_a_team_has_set_is_shown_and_changed(shell: Shell, heads: Path) -> None:
    shell("teams", "add", "A 组", "--id", "a")
    shown = shell("teams", "show", "a")[1]
    assert shown.splitlines()[0] == "A 组: version 0"
    assert '  consent = "asked"\n' in shown
    assert "  retention_audio_days = 90\n" in shown
    assert "  appeal_days = 7\n" in shown
    assert shell("teams", "set", "a", "retention_audio_days=30", "masking=false", "--reason", "会议纪要")[0] == 0
    shown = shell("teams", "show", "A 组")[1]
    assert shown.splitlines()[0].endswith(": 会议纪要")
    assert "retention_audio_days = 30\n" in shown
    for wrong in ("colour=red", "masking=perhaps", "retention_audio_days", "retention_audio_days=900"):
        code, _, err = shell("teams", "set", "a", wrong, "--reason", "x")
        assert (code, err.count("\n")) == (1, 1), err
    assert House.open().team_settings.current("a").version == 1
    assert shell("teams", "show", "b")[0] == 1
