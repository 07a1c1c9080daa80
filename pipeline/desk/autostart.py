"""`callcoach live` begins by itself when the agent signs in to the machine.

Linux: a systemd user unit. Windows: a task of the Task Scheduler. macOS: a launch agent. The last two were written by
their documentation and have never been run: nobody who builds callcoach had such a machine (docs/desks.md).
https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html
https://learn.microsoft.com/en-us/windows/win32/taskschd/task-scheduler-schema
https://www.manpagez.com/man/5/launchd.plist/
"""

from __future__ import annotations

import os
import plistlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

NAME = "callcoach-desk"
_ANSWER_S = 30.0
_SYSTEMD = ("systemctl", "--user")

Run = Callable[[Sequence[str]], str | None]
"""Runs a command; why it failed, in one line, or None."""


@dataclass(frozen=True, slots=True)
class Autostart:
    """What one system needs: a file, the commands that put it in force, and those that take it out again."""

    file: Path
    content: bytes
    begin: tuple[tuple[str, ...], ...]
    end: tuple[tuple[str, ...], ...]

    def set_up(self, run: Run) -> str | None:
        """None, or why it is not in force; the file is there then all the same."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_bytes(self.content)
        except OSError as error:
            return f"{self.file} cannot be written: {error.strerror}"
        return next((why for command in self.begin if (why := run(command)) is not None), None)

    def take_out(self, run: Run) -> bool:
        """Whether there was one. What its commands say does not matter: the file that they need is gone."""
        if not self.file.exists():
            return False
        for command in self.end:
            run(command)
        self.file.unlink(missing_ok=True)
        return True


def autostart_of(
    command: Sequence[str], folder: Path, system: str = sys.platform, home: Path | None = None
) -> Autostart:
    """`command`: what is to run, with whole paths; `folder`: where a file of no place of its own may lie."""
    home = home or Path.home()
    if system == "win32":
        return _windows(command, folder)
    if system == "darwin":
        return _mac(command, home)
    file = home / ".config" / "systemd" / "user" / f"{NAME}.service"
    begin = ((*_SYSTEMD, "daemon-reload"), (*_SYSTEMD, "enable", "--now", file.name))
    return Autostart(file, _unit(command).encode(), begin, ((*_SYSTEMD, "disable", "--now", file.name),))


def _windows(command: Sequence[str], folder: Path) -> Autostart:
    """Never run."""
    file = folder / f"{NAME}.xml"
    begin = (("schtasks", "/Create", "/TN", NAME, "/XML", str(file), "/F"), ("schtasks", "/Run", "/TN", NAME))
    end = (("schtasks", "/End", "/TN", NAME), ("schtasks", "/Delete", "/TN", NAME, "/F"))
    return Autostart(file, _task(command).encode("utf-16"), begin, end)


def _mac(command: Sequence[str], home: Path) -> Autostart:
    """Never run."""
    file = home / "Library" / "LaunchAgents" / f"{NAME}.plist"
    domain = f"gui/{os.getuid()}" if hasattr(os, "getuid") else "gui"
    begin = (("launchctl", "bootstrap", domain, str(file)),)
    return Autostart(file, _launch_agent(command), begin, (("launchctl", "bootout", f"{domain}/{NAME}"),))


def run_command(command: Sequence[str]) -> str | None:
    try:
        ran = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=_ANSWER_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{command[0]}: {getattr(error, 'strerror', None) or 'no answer'}"
    if ran.returncode == 0:
        return None
    told = (ran.stderr or ran.stdout).strip().splitlines()
    return f"{' '.join(command[:3])}: {told[-1] if told else f'exit code {ran.returncode}'}"


def _unit(command: Sequence[str]) -> str:
    return f"""\
# Written by `callcoach desk enrol`; `callcoach desk leave` takes it out.
[Unit]
Description=callcoach: the coach of this desk
After=pipewire.service pulseaudio.service

[Service]
ExecStart={" ".join(map(_quoted, command))}
Restart=on-failure
RestartSec=5

[Install]
WantedBy=default.target
"""


def _quoted(part: str) -> str:
    """As systemd reads it: % and $ stand for something else there, unless they are doubled."""
    plain = part.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"'


def _task(command: Sequence[str]) -> str:
    program, arguments = command[0], subprocess.list2cmdline(command[1:])
    return f"""\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
  </Settings>
  <Actions><Exec><Command>{escape(program)}</Command><Arguments>{escape(arguments)}</Arguments></Exec></Actions>
</Task>
"""


def _launch_agent(command: Sequence[str]) -> bytes:
    arguments = list(command)
    return plistlib.dumps(
        {"Label": NAME, "ProgramArguments": arguments, "RunAtLoad": True, "KeepAlive": {"SuccessfulExit": False}}
    )
