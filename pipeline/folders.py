"""Where things lie: what comes with callcoach, and the folders in which a user's data, settings and models are kept.

What comes with callcoach is package data in pipeline/resources, the same in an installed wheel and in a checkout. What
a user has lies in the folders that the operating system has for it. Earlier versions kept calls in `data` of the
checkout: where it holds some they are still used.
https://platformdirs.readthedocs.io/en/latest/
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

import platformdirs

from pipeline.errors import SettingsError

PROGRAM = "callcoach"
SETTINGS_FILE = "callcoach.toml"
_PACKAGE = Path(__file__).resolve().parent
_CALLS = ("calls.db", "demo.db", "recordings")


def bundled(*parts: str) -> Path:
    """A file or folder of pipeline/resources: rules, models, demo. A path and no stream: native code opens it."""
    return Path(str(files("pipeline.resources"))).joinpath(*parts)


def dashboard() -> Path:
    """The built dashboard: `dashboard/dist` of a checkout, else package data. Whether it is built is not looked at."""
    root = checkout()
    return root / "dashboard" / "dist" if root is not None else bundled("dashboard")


def checkout() -> Path | None:
    """The root of the checkout that callcoach runs from; None where it is installed from a wheel."""
    root = _PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() and (root / "dashboard" / "package.json").is_file() else None


def data_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where calls are kept: $CALLCOACH_DATA (which --data sets), a checkout's old `data`, or the user's data folder."""
    if environ.get("CALLCOACH_DATA"):
        return Path(environ["CALLCOACH_DATA"])
    old = old_data_folder()
    return old if old is not None else own_data_folder()


def own_data_folder() -> Path:
    """The user's data folder for callcoach, as the operating system has it. Raises SettingsError without a home."""
    return _named(_own(platformdirs.user_data_path), "--data or $CALLCOACH_DATA")


def old_data_folder() -> Path | None:
    """`data` of the checkout, where earlier versions kept calls; None where it holds none."""
    root = checkout()
    return root / "data" if root is not None and holds_calls(root / "data") else None


def holds_calls(folder: Path) -> bool:
    return any((folder / name).exists() for name in _CALLS)


def how_to_move(old: Path, new: Path) -> str:
    """The command that moves the calls of `old` to `new`; "" where both hold calls, which nobody should mix."""
    if holds_calls(new):
        return ""
    if os.name == "nt":
        return f'robocopy /e /move "{old}" "{new}"'
    source, target = shlex.quote(str(old)), shlex.quote(str(new))
    if new.exists():
        return f"cp -a {source}/. {target}/ && rm -r {source}"
    return f"mkdir -p {shlex.quote(str(new.parent))} && mv {source} {target}"


def settings_file() -> Path | None:
    """callcoach.toml of the working folder, else of the user's settings folder; None where neither is."""
    return next((file for file in settings_files() if file.is_file()), None)


def settings_files() -> list[Path]:
    """Where callcoach.toml is looked for, in order."""
    folders = (Path(), _own(platformdirs.user_config_path))
    return [folder / SETTINGS_FILE for folder in folders if folder is not None]


def models_folder() -> Path:
    """Where `models get` puts models: $CALLCOACH_MODELS, or `models` in the user's cache folder for callcoach."""
    if extra := os.environ.get("CALLCOACH_MODELS"):
        return Path(extra)
    return _named(_own(platformdirs.user_cache_path), "$CALLCOACH_MODELS") / "models"


def model_folders() -> list[Path]:
    """Where models are looked for, in order. Earlier versions put them into `models` of the checkout."""
    extra, cache, root = os.environ.get("CALLCOACH_MODELS"), _own(platformdirs.user_cache_path), checkout()
    folders = (Path(extra) if extra else None, cache and cache / "models", root and root / "models")
    return [folder for folder in folders if folder is not None]


def _own(kind: Callable[..., Path]) -> Path | None:
    """A folder of the user for callcoach; None for a user without a home folder."""
    try:
        folder = kind(PROGRAM, appauthor=False)
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None


def _named(folder: Path | None, how: str) -> Path:
    if folder is None:
        raise SettingsError(f"this user has no home folder: name a folder with {how}")
    return folder
