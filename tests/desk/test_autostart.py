"""What each system needs so that the desk begins by itself. Only the first of the three has ever been run."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
import xml.etree.ElementTree as Xml
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.desk.autostart import autostart_of, run_command

COMMAND = ["/opt/call coach/callcoach", "live", "--server", "https://a", "--data", '/data/of a/100% "$x"']


class Commands:
    def __init__(self, *faults: str | None) -> None:
        self.ran: list[Sequence[str]] = []
        self._faults = list(faults)

    def __call__(self, command: Sequence[str]) -> str | None:
        self.ran.append(command)
        return self._faults.pop(0) if self._faults else None


def test_a_user_unit(tmp_path: Path) -> None:
    wanted, run = autostart_of(COMMAND, tmp_path / "data", "linux", tmp_path), Commands()
    assert wanted.set_up(run) is None
    unit = tmp_path / ".config/systemd/user/callcoach-desk.service"
    line = 'ExecStart="/opt/call coach/callcoach" "live" "--server" "https://a" "--data" "/data/of a/100%% \\"$$x\\""\n'
    assert line in unit.read_text()
    assert [command[2:] for command in run.ran] == [("daemon-reload",), ("enable", "--now", unit.name)]
    assert wanted.take_out(run)
    assert (unit.exists(), run.ran[-1][2:]) == (False, ("disable", "--now", unit.name))
    assert not wanted.take_out(run)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "call coach"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    wanted = autostart_of([str(program), *COMMAND[1:]], tmp_path, "linux", tmp_path)
    wanted.set_up(Commands())
    looked = subprocess.run(
        ["systemd-analyze", "--user", "verify", wanted.file], capture_output=True, text=True, check=False
    )
    assert wanted.file.name not in looked.stderr, looked.stderr


def test_where_the_system_refuses_the_file_stays_and_it_is_said(tmp_path: Path) -> None:
    wanted, run = autostart_of(COMMAND, tmp_path, "linux", tmp_path), Commands("no bus")
    assert wanted.set_up(run) == "no bus"
    assert (wanted.file.exists(), len(run.ran)) == (True, 1)
    (tmp_path / "taken").write_text("")
    assert "cannot be written" in str(autostart_of(COMMAND, tmp_path, "linux", tmp_path / "taken").set_up(run))


def test_a_task_of_windows_is_xml_with_the_command(tmp_path: Path) -> None:
    wanted, run = autostart_of([*COMMAND, "a&b"], tmp_path, "win32", tmp_path), Commands()
    assert wanted.set_up(run) is None
    names = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    task = Xml.fromstring(wanted.file.read_bytes().decode("utf-16"))
    assert task.findtext(".//t:Command", namespaces=names) == COMMAND[0]
    assert task.findtext(".//t:Arguments", namespaces=names) == subprocess.list2cmdline([*COMMAND[1:], "a&b"])
    assert run.ran[0][:2] == ("schtasks", "/Create")


def test_a_launch_agent_of_macos_is_a_list_with_the_command(tmp_path: Path) -> None:
    wanted = autostart_of(COMMAND, tmp_path, "darwin", tmp_path)
    assert wanted.set_up(Commands()) is None
    assert plistlib.loads(wanted.file.read_bytes())["ProgramArguments"] == COMMAND
    assert wanted.file == tmp_path / "Library/LaunchAgents/callcoach-desk.plist"


def test_what_a_command_says() -> None:
    assert run_command(["true"]) is None
    assert (
        run_command(["sh", "-c", "echo one; echo no bus >&2; exit 1"])
        == "sh -c echo one; echo no bus >&2; exit 1: no bus"
    )
    assert run_command(["a program that is not there"]) == "a program that is not there: No such file or directory"
