"""Watches a command with all its processes: who it speaks to, which names it asks for, and which files it writes.

By strace, which sees native code too. Where strace cannot trace (a container without ptrace, another system), Python's
own audit events are taken instead, and of native code what it left in the home folder. Never nothing at all.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.sound import ROOT

_SPEAKS = ("connect", "sendto", "sendmsg", "sendmmsg", "bind")
_WRITES = (
    "open", "openat", "openat2", "creat", "mkdir", "mkdirat", "rename", "renameat", "renameat2", "link", "linkat",
    "symlink", "symlinkat", "mknod", "mknodat", "truncate",
)  # fmt: skip
_TRACED = "trace=" + ",".join(f"?{call}" for call in (*_SPEAKS, *_WRITES))  # ?: where this machine has it
_STRACE = ["strace", "-f", "-qq", "--seccomp-bpf", "-y", "-s", "512", "-e", "signal=none", "-e", _TRACED, "-o"]
_LOCAL_RESOLVER = re.compile(r'sun_path="([^"]*(?:nscd|/systemd/resolve|avahi)[^"]*)"')
_ASKS = ("/etc/resolv.conf", "/etc/hosts")  # read by the C library when it is given a name, never for an address
_HOOK = Path(__file__).parent / "hook"
_CLEARED = (  # of the environment: what would make a library more quiet, or send it elsewhere, than a user's is
    "CI", "DO_NOT_TRACK", "ORT_DISABLE_TELEMETRY", "HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "OTEL_SDK_DISABLED",
    "MPLCONFIGDIR", "PULSE_COOKIE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "CALLCOACH_MODELS",
)  # fmt: skip


@dataclass(frozen=True)
class Act:
    """What a process did: spoke to an address, asked for a name, or touched a path."""

    kind: str  # speaks | asks | writes
    what: str


@cache
def can_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    return subprocess.run([*_STRACE, os.devnull, "true"], capture_output=True).returncode == 0


class Guard:
    """A folder with an empty home, a data folder and a folder for temporary files, in which commands are watched."""

    def __init__(self, folder: Path, *, by_strace: bool | None = None) -> None:
        self.home, self.data, self.temporary = folder / "home", folder / "data", folder / "tmp"
        for made in (self.home, self.temporary):
            made.mkdir(parents=True)
        self._by_strace = can_trace() if by_strace is None else by_strace
        self._log = folder / "acts"
        self._log.touch()

    def start(self, *command: str, **environ: str) -> subprocess.Popen[str]:
        """In a group of processes of its own and with a umask of 0."""
        watched = [*_STRACE, str(self._log), *command]
        return subprocess.Popen(
            watched if self._by_strace else command,
            cwd=ROOT, env=self._environ(environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            umask=0, start_new_session=True,
        )  # fmt: skip

    def run(self, *command: str, **environ: str) -> tuple[int, str]:
        process = self.start(*command, **environ)
        try:
            said = process.communicate(timeout=120)[0]
        except subprocess.TimeoutExpired:
            self.end(process)
            raise
        return process.returncode, said

    @staticmethod
    def end(process: subprocess.Popen[str]) -> str:
        """Ctrl-C, as a terminal gives it: to the whole group."""
        os.killpg(process.pid, signal.SIGINT)
        try:
            return process.communicate(timeout=60)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise

    def faults(self) -> list[str]:
        """All that left this machine or was written outside the data folder."""
        done = _traced(self._log) if self._by_strace else _audited(self._log)
        faults = [f"{act.kind}: {act.what}" for act in done if not self._is_allowed(act)]
        faults += [f"left in the home folder: {path}" for path in sorted(self.home.rglob("*"))]
        faults += [f"left behind: {path}" for path in sorted(self.temporary.rglob("*"))]
        return sorted(set(faults))

    def _is_allowed(self, act: Act) -> bool:
        if act.kind != "writes":
            return False
        path = Path(os.path.normpath(ROOT / act.what))
        return (
            path == self.data or self.data in path.parents
            # Deleted again, or it counts as left behind: the compiler that ctypes asks where a library lies.
            or path == self.temporary or self.temporary in path.parents
            # Devices, the semaphores of Python's processes, and what JACK shares where PortAudio looks for it.
            or Path("/dev") in path.parents
            # The names of a process's own threads.
            or (path.parts[:2] == ("/", "proc") and path.name == "comm")
            # Compiled Python, beside its source.
            or ("__pycache__" in path.parts and any(Path(root) in path.parents for root in (ROOT, sys.prefix)))
        )  # fmt: skip

    def _environ(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in _CLEARED}
        own = {"HOME": str(self.home), "CALLCOACH_DATA": str(self.data), "TMPDIR": str(self.temporary)}
        hook = {} if self._by_strace else {"PYTHONPATH": str(_HOOK), "CALLCOACH_TEST_ACTS": str(self._log)}
        return {**kept, **own, **hook, **more}


# --- strace --------------------------------------------------------------------------------------------------------

_LINE = re.compile(r"^(\d+) +(?:<\.\.\. \w+ resumed>(?P<rest>.*)|(?P<whole>.*?)(?P<cut> <unfinished \.\.\.>)?)$")
_CALL = re.compile(r"^(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>.*)$")
_ADDRESS = re.compile(r'sin6?_port=htons\((\d+)\).*?inet_(?:addr\(|pton\(AF_INET6, )"([^"]+)"')
_PATH = re.compile(r'(?:AT_FDCWD<[^>]*>, |\d+<(?P<folder>[^>]*)>, )?"(?P<path>(?:[^"\\]|\\.)*)"')


def _traced(log: Path) -> Iterator[Act]:
    cut: dict[str, str] = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        if found["cut"]:
            cut[found[1]] = found["whole"]
        else:
            whole = cut.pop(found[1], "") + found["rest"] if found["rest"] is not None else found["whole"]
            if call := _CALL.match(whole):
                yield from _acts(call["name"], call["arguments"], call["result"])
    for whole in cut.values():  # the process was killed meanwhile
        name, _, arguments = whole.partition("(")
        yield from _acts(name, arguments, "?")


def _acts(name: str, arguments: str, result: str) -> Iterator[Act]:
    if name in _SPEAKS:
        for port, address in _ADDRESS.findall(arguments):
            if port == "53":
                yield Act("asks", f"the name server {address}")
            elif not address.startswith(("127.", "::1")):
                yield Act("speaks", f"{name} {address} port {port}")
        yield from (Act("asks", f"through {path}") for path in _LOCAL_RESOLVER.findall(arguments))
        return
    paths = [os.path.join(found["folder"] or "", found["path"]) for found in _PATH.finditer(arguments)]
    if name.startswith("open") and not re.search(r"\bO_(WRONLY|RDWR|CREAT|TRUNC)\b", arguments):
        yield from (Act("asks", f"reads {path} for a name") for path in paths if path in _ASKS)
        return
    if result.startswith("-1 EEXIST") or (result.startswith("-1 ENOENT") and "O_CREAT" not in arguments):
        return  # there was nothing to do, or nothing to do it to
    yield from (Act("writes", path) for path in paths[-1:])  # of two the second is the new one


# --- Python's audit events -----------------------------------------------------------------------------------------


def _audited(log: Path) -> Iterator[Act]:
    for line in log.read_text(encoding="utf-8").splitlines():
        yield Act(**json.loads(line))
