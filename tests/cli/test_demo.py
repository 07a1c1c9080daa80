"""Who hears the demo call: Whisper base where it can be had, else the bundled model."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import demo
from pipeline.errors import ModelError


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that are run; base is not here, and cannot be fetched."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 1)

    def absent(name: str) -> Path:
        raise ModelError(f"{name} is not here")

    monkeypatch.setattr(demo, "locate", absent)
    monkeypatch.setattr(demo.subprocess, "run", run)
    return commands


def test_base_that_is_here_is_taken_and_nothing_fetched(
    asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "locate", lambda name: Path(name))
    assert (demo.base_or_demo(), asked) == ("base", [])


def test_base_is_fetched_by_models_get_and_said(
    asked: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo.subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 0))
    assert demo.base_or_demo() == "base"
    assert "fetched once (148 MB; not with --offline)" in capsys.readouterr().err


def test_where_base_cannot_be_had_the_bundled_model_hears(
    asked: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo.base_or_demo() == "demo"
    assert [command[-3:] for command in asked] == [["models", "get", "base"]]
    assert "the bundled demo model" in capsys.readouterr().err
