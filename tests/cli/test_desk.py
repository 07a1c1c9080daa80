"""`callcoach desk` as people run it, with a centre that serves."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.audio.capture import devices
from pipeline.cli import desk, desk_check
from pipeline.cli.choices import read_choices
from pipeline.cli.desk_check import Looked
from pipeline.desk import autostart, enrolment
from pipeline.errors import AudioError
from pipeline.folders import data_folder
from pipeline.people.desks import Shift
from pipeline.store.opening import StoreSettings, open_database
from tests.cli.conftest import Shell
from tests.desk.conftest import ANOTHER, Served, serving
from tests.server.conftest import Centre, started
from tests.writing import add


@dataclass
class Machine:
    shell: Shell
    centre: Served
    home: Path

    def enrol(self, *more: str) -> tuple[int, str, str]:
        return self.shell("desk", "enrol", self.centre.url, self.centre.code(), "--name", "前台", *more)

    @property
    def files(self) -> set[str]:
        return {file.name for file in data_folder().iterdir() if file.name.startswith("desk-")}


@pytest.fixture
def machine(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Without a headset, in a home where no system takes an autostart."""
    (tmp_path / "centre").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))
    monkeypatch.setattr(autostart, "run_command", lambda _: "systemctl: no bus")

    def none() -> list[devices.Device]:
        raise AudioError("no sound on this machine")

    monkeypatch.setattr(devices, "list_devices", none)
    with serving(Centre(tmp_path / "centre"), ANOTHER) as served:
        yield Machine(shell, served, tmp_path / "home")


def test_enrolled_looked_at_and_left(machine: Machine) -> None:
    code, out, err = machine.enrol("--no-autostart")
    assert (code, err) == (0, "")
    assert f"to begin: callcoach live --server {machine.centre.url}" in out
    settings = read_choices().desk
    assert (settings.server, settings.name, len(settings.fingerprint)) == (machine.centre.url, "前台", 64)
    assert machine.files == {"desk-token", "desk-centre.pem", "desk-installation"}
    assert stat.S_IMODE((data_folder() / "desk-token").stat().st_mode) == 0o600
    token = (data_folder() / "desk-token").read_text().strip()
    assert token not in out
    code, out, _ = machine.shell("desk", "check")
    lines = [line.split(maxsplit=2) for line in out.splitlines()]
    assert [(well, about) for well, about, _ in lines] == [
        ("FAILS", "agent"), ("ok", "connection"), ("ok", "token"), ("ok", "version"), ("ok", "clock"),
    ]  # fmt: skip
    assert code == 1  # by the headset
    assert "known by the certificate of the enrolment" in lines[1][2]
    assert machine.shell("desk", "leave")[0] == 0
    assert (machine.files, read_choices().desk.server) == ({"desk-installation"}, "")
    assert machine.centre.centre.registry.accounts.machine(token) is None
    code, _, err = machine.shell("desk", "leave")
    assert (code, "is no desk of any centre" in err) == (1, True)


def test_a_check_that_finds_everything(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.enrol("--no-autostart")
    monkeypatch.setattr(desk_check, "headset", lambda *_: iter([Looked("agent", True, "a headset")]))
    assert machine.shell("desk", "check")[0] == 0


def test_the_autostart_is_written_and_what_the_system_says_is_told(machine: Machine) -> None:
    code, _, err = machine.enrol()
    (unit,) = machine.home.rglob("callcoach-desk*")
    assert (code, err.count("\n"), "no bus" in err, str(unit) in err) == (0, 1, True, True)
    assert f'"live" "--server" "{machine.centre.url}" "--no-browser" "--data"' in unit.read_text()
    machine.shell("desk", "leave")
    assert not unit.exists()


def test_a_revoked_token_and_a_certificate_that_is_none(machine: Machine) -> None:
    machine.enrol("--no-autostart")
    desks = machine.centre.centre.registry.desks
    desks.revoke(desks.desks()[0].id)
    code, out, _ = machine.shell("desk", "check")
    assert (code, "FAILS   token" in out, "it was revoked" in out) == (1, True, True)
    (data_folder() / "desk-centre.pem").write_text("another")
    code, out, _ = machine.shell("desk", "check")
    assert (code, "FAILS   centre" in out) == (1, True)


def test_whoever_has_calls_that_are_not_delivered_is_asked(machine: Machine) -> None:
    machine.enrol("--no-autostart")
    data = data_folder()
    with_calls = Centre(data)
    with_calls.registry.desks._kept.put_shift(Shift("s", "d", "u", "1042", None, 0, 4e9))
    for call_id in ("one", "two"):
        add(with_calls.store, call_id, [started(call_id)])
    with_calls.store.close()
    code, _, err = machine.shell("desk", "leave")
    assert (code, "2 calls are not yet at the centre" in err) == (1, True)
    assert read_choices().desk.server
    database = open_database(StoreSettings(), data)
    with database.writing() as connection:
        connection.exec_driver_sql(
            "insert into deliveries (call_id, kept_seq, refused, has_sound, is_own_clock)"
            " values ('one', 1, null, 1, 0), ('two', 0, 'identity', 0, 0)"
        )
    database.close()
    assert machine.shell("desk", "leave")[0] == 0


def test_enrolled_again_the_shift_goes_on(machine: Machine) -> None:
    machine.enrol("--no-autostart")
    first = read_choices().desk.id
    kept = Centre(data_folder())
    shifts = kept.registry.desks._kept
    shifts.put_shift(Shift("s", first, "u", "1042", None, 0, 4e9))
    assert machine.enrol("--no-autostart")[0] == 0
    second = read_choices().desk.id
    assert second not in ("", first)
    assert [shift.id for shift in shifts.open_shifts(desk_id=second)] == ["s"]
    kept.store.close()


def test_where_the_centre_does_not_answer_it_leaves_by_force_alone(machine: Machine) -> None:
    machine.enrol("--no-autostart")
    (data_folder() / "desk-centre.pem").unlink()
    code, _, err = machine.shell("desk", "leave")
    assert (code, "With --force it leaves all the same" in err) == (1, True)
    code, _, err = machine.shell("desk", "leave", "--force")
    assert (code, "revoke this machine on /admin" in err) == (0, True)
    assert read_choices().desk.server == ""


def test_what_is_wrong_is_one_line(machine: Machine) -> None:
    for url, code in (
        ("http://192.0.2.1", "ABCD-EFGH"),
        (machine.centre.url, "ABCD"),
        ("https://127.0.0.1:1", "A" * 16),
    ):
        ended, out, err = machine.shell("desk", "enrol", url, code)
        assert (ended, out, err.count("\n")) == (1, "", 1)
    assert read_choices().desk.server == ""


@pytest.mark.parametrize(("ahead_ms", "said"), [(-3_000.0, "3.0 s behind"), (300_000.0, "300.0 s ahead of")])
def test_a_clock_that_is_off_is_said(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, ahead_ms: float, said: str
) -> None:
    machine.enrol("--no-autostart")
    known = enrolment.Known("前台", "", "1.1", "callcoach", 1.0, ahead_ms)
    monkeypatch.setattr(desk_check, "look", lambda _: known)
    *_, clock = desk_check.centre(read_choices().desk, data_folder())
    assert clock == Looked("clock", True, f"{said} the centre's; times of calls are corrected by it")
    monkeypatch.setattr(desk_check, "look", lambda _: enrolment.Known("", "", "2.0", "callcoach", 1.0, 0.0))
    looks = {one.about: one for one in desk._looks(read_choices(), data_folder())}
    assert not looks["version"].is_well
