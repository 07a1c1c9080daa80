"""Where results go: the standard output that may break, and the file of `score --json` that must destroy nothing."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from pipeline.cli.choices import say
from pipeline.errors import SettingsError

_LONGEST = 64 << 20  # bytes; no line of ours is longer


class Standard:
    """The standard output. What cannot be written is said once, and everything but the output goes on."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.failed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        self._try(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def _try(self, act: Any) -> None:
        if self.failed:
            return
        try:
            act()
        except OSError as error:
            self.failed = True
            say(f"callcoach: the standard output cannot be written: {error.strerror}")
            self._drop()

    def _drop(self) -> None:
        """What waits in its buffer would fail again when the process ends."""
        try:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, self._stream.fileno())
            os.close(nothing)
        except (OSError, ValueError):  # no real file: nothing waits in it
            pass


class Results:
    """One JSON object a line, each written as soon as it is there: a run that is cut off keeps what it had.

    A file of results is replaced with the first new result, not before. What cannot be written is said once.
    """

    def __init__(self, target: str) -> None:
        self.failed = False
        self._target = target
        self._file: IO[bytes] | None = None
        self._is_new = True
        if target == "-":
            return
        try:
            self._file = Path(target).open("ab")  # noqa: SIM115
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SettingsError(f"--json {target}: cannot be written: {reason}") from error

    def write(self, result: dict[str, Any]) -> None:
        # A name that is no UTF-8 comes back from its escape as it was (os.fsencode).
        line = json.dumps(result, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        if self._file is None:
            print(line.decode(), end="", flush=True)
            return
        if self.failed:
            return
        try:
            if self._is_new and stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
                self._file.truncate(0)
            self._is_new = False
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            self._fail(error)

    def close(self) -> None:
        if self._file is None:
            return
        try:
            self._file.close()
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        if not self.failed:
            say(f"callcoach: --json {self._target}: results are missing from here on: {error.strerror}")
        self.failed = True


def check_targets(
    json_to: str | None, made: Iterable[Path], inputs: Iterable[Path], command: str = "score", key: str = "file"
) -> None:
    """Raises SettingsError where something to be written is an input, whatever it is called there, or no JSON.

    `command` writes objects whose first key is `key`.
    """
    known = {identity: path for path in inputs if (identity := _identity(path)) is not None}
    results = None if json_to in (None, "-") else Path(str(json_to))
    targets = [(f"--json {json_to}", results)] if results is not None else []
    for name, target in [*targets, *((f"{path}", path) for path in made)]:
        identity = _identity(target)
        if identity is not None and identity in known:
            raise SettingsError(f"{name}: is an input ({known[identity]}) and would be overwritten; name another file")
    if results is not None and results.is_file() and not _is_results(results, key):
        raise SettingsError(
            f"--json {json_to}: is there already and holds no results of callcoach {command}; "
            "name a new file, or one that may be replaced"
        )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _is_results(path: Path, key: str) -> bool:
    """Empty, or a JSON object with `key` on every line; of a run that was cut off the last may be broken off."""
    begins = f'{{"{key}": '.encode()
    try:
        with path.open("rb") as file:
            while line := file.readline(_LONGEST):
                if not line.endswith(b"\n"):
                    return line.startswith(begins[: len(line)]) and len(line) < _LONGEST
                if not line.startswith(begins) or key not in json.loads(line):
                    return False
    except (OSError, ValueError, RecursionError):
        return False
    return True
