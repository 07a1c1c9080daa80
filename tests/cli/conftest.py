"""Commands as people run them, in this process."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from pipeline.cli import app


class Shell:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: object, told: str = "") -> tuple[int, str, str]:
        """Exit code, output and errors."""
        self._monkeypatch.setattr("sys.argv", ["callcoach", *map(str, arguments)])
        self._monkeypatch.setattr("sys.stdin", io.StringIO(told))
        with pytest.raises(SystemExit) as ended:
            app.main()
        out, err = self._capsys.readouterr()
        return int(ended.value.code or 0), out, err


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.nice", lambda by: by)  # of the process that runs the tests, for ever
    monkeypatch.setenv("CALLCOACH_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("sys.stdout.reconfigure", lambda **_: None, raising=False)
    return Shell(monkeypatch, capsys)
