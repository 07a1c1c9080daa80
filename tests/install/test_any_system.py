"""A desk of any system: what only Unix has is not needed to load any module. It was never run on another system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.errors import StoreError
from pipeline.store.claim import claim
from tests.sound import ROOT

BARRED = """
import importlib, pkgutil, sys

class Barred:
    def find_spec(self, name, path=None, target=None):
        if name in {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "pulsectl"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Barred())
import pipeline

modules = [m.name for m in pkgutil.walk_packages(pipeline.__path__, "pipeline.") if "migrations" not in m.name]
for name in modules:
    importlib.import_module(name)
print(len(modules))
"""


def test_every_module_loads_without_what_only_unix_has() -> None:
    ran = subprocess.run([sys.executable, "-c", BARRED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 100


def test_windows_locks_a_byte_that_nobody_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own call is played; that it is asked rightly is all that can be seen here."""
    asked: list[tuple[int, int]] = []
    taken = False

    def locking(file: int, mode: int, count: int) -> None:
        asked.append((mode, count))
        if taken:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=2))
    monkeypatch.setattr("pipeline.store.claim.sys", SimpleNamespace(platform="win32"))
    with claim(tmp_path / "calls.db") as held:
        assert asked == [(2, 1)]
        held.seek(0)
        pid = held.read().decode().split()[0]
        taken = True
        with pytest.raises(StoreError, match=f"in use by another callcoach \\(process {pid}\\)"):
            claim(tmp_path / "calls.db")
