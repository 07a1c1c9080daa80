"""Where things lie: data, settings and models of a user, and what comes with callcoach."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pipeline import folders
from pipeline.cli.flags import say_where_old_calls_lie
from pipeline.errors import SettingsError
from pipeline.folders import bundled, data_folder, how_to_move, model_folders, models_folder, settings_file
from tests.cli.test_cli import call


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of a user whose own folders lie in `home`."""
    root = tmp_path / "clone"
    (root / "dashboard").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    (root / "dashboard" / "package.json").touch()
    monkeypatch.setattr(folders, "_PACKAGE", root / "pipeline")
    for name in ("DATA", "CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "home" / name.lower()))
    for name in ("CALLCOACH_DATA", "CALLCOACH_MODELS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return root


def test_a_new_checkout_keeps_nothing_in_itself(clone: Path) -> None:
    for folder in (data_folder(), models_folder()):
        assert folder.is_absolute()
        assert clone not in folder.parents
    assert data_folder({"CALLCOACH_DATA": "/var/calls"}) == Path("/var/calls")


def test_where_the_old_place_holds_calls_it_is_used_and_the_command_moves_them(
    clone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clone / "data").mkdir()
    assert data_folder() == folders.own_data_folder()
    (clone / "data" / "calls.db").write_text("calls", encoding="utf-8")
    assert data_folder() == clone / "data"
    say_where_old_calls_lie()
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    subprocess.run(said.split(": ", 1)[1], shell=True, check=True)
    own = folders.own_data_folder()
    assert data_folder() == own
    assert (own / "calls.db").read_text(encoding="utf-8") == "calls"
    assert not (clone / "data").exists()
    say_where_old_calls_lie()
    assert capsys.readouterr().err == ""


def test_a_new_place_that_is_there_already_takes_them_too(clone: Path) -> None:
    (clone / "data" / "recordings").mkdir(parents=True)
    (clone / "data" / "demo.db").touch()
    own = folders.own_data_folder()
    (own / "matplotlib").mkdir(parents=True)
    subprocess.run(how_to_move(clone / "data", own), shell=True, check=True)
    assert sorted(path.name for path in own.iterdir()) == ["demo.db", "matplotlib", "recordings"]


def test_calls_in_both_places_are_not_mixed(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = folders.own_data_folder()
    for folder in (clone / "data", own):
        folder.mkdir(parents=True)
        (folder / "calls.db").touch()
    assert data_folder() == clone / "data"
    say_where_old_calls_lie()
    assert f"others lie in {own}: --data DIR chooses" in capsys.readouterr().err


def test_settings_of_the_working_folder_come_before_the_users_own(clone: Path, tmp_path: Path) -> None:
    assert settings_file() is None
    own = tmp_path / "home" / "config" / "callcoach" / "callcoach.toml"
    own.parent.mkdir(parents=True)
    own.touch()
    assert settings_file() == own
    (tmp_path / "callcoach.toml").touch()
    assert settings_file() == Path("callcoach.toml")


def test_models_are_put_where_they_are_found_first(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert model_folders() == [models_folder(), clone / "models"]
    monkeypatch.setenv("CALLCOACH_MODELS", "/models")
    assert models_folder() == Path("/models")
    assert model_folders()[0] == Path("/models")


def test_what_comes_with_callcoach_is_there() -> None:
    for parts in (
        ("rules", "handbook.yaml"),
        ("models", "catalogue.yaml"),
        ("models", "demo", "model.bin"),
        ("demo", "call.opus"),
        ("demo", "facts.yaml"),
    ):
        assert bundled(*parts).is_file(), parts


def test_without_a_home_folder_one_is_asked_for(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "CONFIG"):
        monkeypatch.delenv(f"XDG_{name}_HOME")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with pytest.raises(SettingsError, match="no home folder: name a folder with --data"):
        data_folder()
    assert settings_file() is None


def test_the_flag_is_heard_by_all_that_keeps_things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALLCOACH_DATA", str(tmp_path / "other"))
    monkeypatch.setenv("MPLCONFIGDIR", "")
    monkeypatch.delenv("MPLCONFIGDIR")
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, "baselines", "forget", "A1", "--data", "here") == 1
    assert str(tmp_path / "here" / "calls.db") in capsys.readouterr().err
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path / "here" / "matplotlib")
    assert call(monkeypatch, "baselines", "list", "--data", "") == 1
    assert "--data is empty" in capsys.readouterr().err
