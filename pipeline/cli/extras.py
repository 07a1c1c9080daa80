"""The extra `analysis`: what only pictures and second opinions need, and a desk does without."""

from __future__ import annotations

import shlex
import sys
from importlib.util import find_spec

from pipeline.errors import SettingsError

ANALYSIS = ("librosa", "matplotlib")


def check_analysis(flag: str) -> None:
    """Raises SettingsError naming `flag` and the command that installs what is not here."""
    if missing := missing_analysis():
        raise SettingsError(f"{flag} needs {' and '.join(missing)}: {install_command(*missing)}")


def missing_analysis() -> list[str]:
    return [name for name in ANALYSIS if find_spec(name) is None]


def install_command(*packages: str) -> str:
    """By the Python that runs callcoach, wherever that is."""
    return f"{shlex.quote(sys.executable)} -m pip install {' '.join(packages)}"
