"""Where settings come from: callcoach.toml, then CALLCOACH_<ROOM>__<NAME>, then flags.

The settings themselves are frozen dataclasses beside the code that uses them; here they are only filled in.
A name nobody knows and a value of the wrong kind or outside its range are errors that name the place they came from.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import re
import shutil
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from pipeline.documents import read_toml, shown
from pipeline.errors import SettingsError
from pipeline.folders import settings_file, settings_files
from pipeline.quantities import plain, wanted

PREFIX = "CALLCOACH_"

_NAME = re.compile(r"[a-z0-9_-]{1,80}", re.ASCII | re.IGNORECASE)
_WORDS = {
    "predicate_failed": "one line, not empty and without control characters",
    "string_too_short": "a text that is not empty",
    "string_too_long": "a text of at most {max_length} characters",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
}
_OUTSIDE = {"greater_than_equal", "less_than_equal", "finite_number"}
# What earlier versions had, by the beginning of its place, and where it stands now.
_MOVED = {
    ("floor",): "this section is called [turn_taking] now",
    ("announcements",): "this stands in the rulebook now, under `waits`",
    ("waits",): "this stands in the rulebook, under `waits`",
    ("server", "backlog_lines"): "it is called server.backlog_records now",
}

Settings = TypeVar("Settings")
Place = tuple[str, ...]  # ("vad", "mode") is [vad] mode in the file and CALLCOACH_VAD__MODE


@dataclass(frozen=True, slots=True)
class _Given:
    value: Any
    where: str
    is_text: bool  # from the environment: a number is still its digits


class Given:
    """What file and environment say. Take each group of settings out, then call `refuse_unknown`."""

    def __init__(self, values: dict[Place, _Given]) -> None:
        self._values = values
        self._known: set[Place] = set()

    def settings(self, cls: type[Settings], *section: str) -> Settings:
        """A settings object: its defaults, overridden by what was given under `section`."""
        fields: dict[str, Any] = {}
        hints = typing.get_type_hints(cls, include_extras=True)
        used: list[_Given] = []
        for field in dataclasses.fields(cls):  # type: ignore[arg-type]
            place, hint = (*section, field.name), hints[field.name]
            if dataclasses.is_dataclass(hint) and isinstance(hint, type):
                fields[field.name] = self.settings(hint, *place)
            elif (given := self._take(place, hint)) is not None:
                used.append(given)
                fields[field.name] = _read(given, hint, place)
        try:
            return cls(**fields)
        except ValueError as error:  # two settings that do not go together
            where = ", ".join(dict.fromkeys(given.where for given in used))
            raise SettingsError(f"{'.'.join((*section, str(error)))} ({where})") from None

    def where(self, *place: str) -> str:
        """Where a setting that was given comes from."""
        return self._values[place].where

    def refuse_unknown(self) -> None:
        for place, given in self._values.items():
            if place not in self._known:
                is_section = any(known[: len(place)] == place for known in self._known)
                if given.is_text and len(place) == 1 and not is_section:  # CALLCOACH_MODELS and the like
                    continue
                if is_section:
                    if given.value == {}:
                        continue
                    raise SettingsError(f"{given.where}: {_named(place)} is {shown(given.value)}; it must be a section")
                if (now := next((told for old, told in _MOVED.items() if place[: len(old)] == old), None)) is not None:
                    raise SettingsError(f"{given.where}: there is no setting {_named(place)}: {now}")
                known_here = sorted(".".join(k) for k in self._known if k[:-1] == place[:-1])
                wanted = f"; known here: {', '.join(known_here)}" if known_here else ""
                raise SettingsError(f"{given.where}: there is no setting {_named(place)}{wanted}")

    def _take(self, place: Place, hint: Any) -> _Given | None:
        self._known.add(place)
        if typing.get_origin(plain(hint)) not in (dict, Mapping):
            return self._values.get(place)
        inside = {p: g for p, g in self._values.items() if p[: len(place)] == place}
        self._known |= set(inside)
        if not inside:
            return None
        table = {p[len(place)]: g.value for p, g in inside.items()}
        return _Given(table, next(iter(inside.values())).where, is_text=False)


def read_given(
    file: Path | None = None, environ: Mapping[str, str] = os.environ, flags: Mapping[str, object] | None = None
) -> Given:
    """Reads `file`, or $CALLCOACH_CONFIG, or callcoach.toml of the working or the user's settings folder; environment.

    What the flags of a command say (`{"server.port": 80}`; None: not given) comes before both.
    """
    file = file_in_use(file, environ)
    values: dict[Place, _Given] = {}
    if file is not None:
        _flatten(read_toml(file, SettingsError), (), file, values)
    for name, text in environ.items():
        if name.startswith(PREFIX):
            place = tuple(name.removeprefix(PREFIX).lower().split("__"))
            values[place] = _Given(text, name, is_text=True)
    for name, value in (flags or {}).items():
        if value is not None:
            place = tuple(name.split("."))
            values[place] = _Given(
                str(value) if isinstance(value, Path) else value, f"--{place[-1].replace('_', '-')}", is_text=False
            )
    return Given(values)


def file_in_use(file: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The settings file that is read: `file`, or $CALLCOACH_CONFIG, or the first callcoach.toml that is there."""
    if file is None and environ.get("CALLCOACH_CONFIG"):
        return Path(environ["CALLCOACH_CONFIG"])
    return file if file is not None else settings_file()


def file_to_keep(file: Path | None = None) -> Path:
    """The settings file in use, else that of the user's settings folder, which may not be there yet."""
    return file_in_use(file) or settings_files()[-1]


def keep_settings(file: Path, section: str, values: Mapping[str, str]) -> None:
    """Writes texts into [section] of a settings file, made where there is none; all else in it stays as it is.

    Raises SettingsError, and changes nothing, where that cannot be done.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig") if file.exists() else ""
        wanted = tomllib.loads(text)
        wanted.setdefault(section, {}).update(values)
        changed = _with_values(text, section, values)
        if tomllib.loads(changed) != wanted:  # written in a way that lines do not show, such as inline tables
            raise SettingsError(f"{file}: [{section}] cannot be changed line by line: write {dict(values)} there")
        file.parent.mkdir(parents=True, exist_ok=True)
        _replace(file.resolve(), changed.encode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, AttributeError) as error:
        raise SettingsError(f"{file} cannot be changed: {error}") from error


def drop_section(file: Path, section: str) -> None:
    """Takes [section] out of a settings file; all else in it stays as it is. Raises SettingsError."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
        wanted = tomllib.loads(text)
        if wanted.pop(section, None) is None:
            return
        lines = text.splitlines(keepends=True)
        head = next((at for at, line in enumerate(lines) if _is_head(line, section)), len(lines))
        after = next((at for at in range(head + 1, len(lines)) if re.match(r"\s*\[", lines[at])), len(lines))
        changed = "".join(lines[:head]).rstrip("\r\n") + ("\n" if head else "")
        changed += ("\n" if head and after < len(lines) else "") + "".join(lines[after:])
        if tomllib.loads(changed) != wanted:
            raise SettingsError(f"{file}: [{section}] cannot be taken out line by line: delete it there")
        _replace(file.resolve(), changed.encode())
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, AttributeError) as error:
        raise SettingsError(f"{file} cannot be changed: {error}") from error


def _is_head(line: str, section: str) -> bool:
    return re.fullmatch(rf"\s*\[\s*{section}\s*\]\s*(#.*)?", line.rstrip("\r\n")) is not None


def _replace(file: Path, content: bytes) -> None:
    """Whole or not at all; who may not write it may not replace it, and who may not read it still may not."""
    aside = file.with_name(f".{file.name}.new")
    try:
        aside.touch()
        if file.exists():
            if not os.access(file, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))
            shutil.copymode(file, aside)
        aside.write_bytes(content)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def _with_values(text: str, section: str, values: Mapping[str, str]) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    head = next((at for at, line in enumerate(lines) if _is_head(line, section)), None)
    if head is None:
        lines += [*([""] if lines else []), f"[{section}]"]
        head = len(lines) - 1
    for name, value in values.items():
        after = next((at for at in range(head + 1, len(lines)) if re.match(r"\s*\[", lines[at])), len(lines))
        known = next((at for at in range(head + 1, after) if re.match(rf"\s*{name}\s*=", lines[at])), None)
        told = f"{name} = {json.dumps(value, ensure_ascii=False)}"
        if known is None:
            lines.insert(head + 1, told)
        else:
            comment = re.search(r"""=\s*(?:"(?:[^"\\]|\\.)*"|'[^']*')(\s*#.*)$""", lines[known])
            lines[known] = told + (comment.group(1) if comment else "")
    return end.join(lines) + end


def _flatten(table: dict[str, Any], section: Place, file: Path, values: dict[Place, _Given]) -> None:
    where = f"{file}, [{_named(section)}]" if section else str(file)
    for name, value in table.items():
        if isinstance(value, dict) and value:
            _flatten(value, (*section, name), file, values)
        else:
            values[(*section, name)] = _Given(value, where, is_text=False)


@cache
def _reader(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint, config=ConfigDict(allow_inf_nan=False))


def _read(given: _Given, hint: Any, place: Place) -> Any:
    reader = _reader(hint)
    try:
        if not given.is_text:
            return reader.validate_json(json.dumps(given.value, default=str), strict=True)
        if typing.get_origin(plain(hint)) is tuple:
            return reader.validate_python(tuple(part.strip() for part in given.value.split(",") if part.strip()))
        return reader.validate_strings(given.value)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = _named(place) + "".join(f"[{part}]" for part in fault["loc"])
        value = shown(fault["input"] if fault["loc"] else given.value)
        raise SettingsError(f"{name} is {value}; it must be {_wanted(fault, hint)} ({given.where})") from None
    except ValueError as error:  # a number of more digits than Python writes
        raise SettingsError(f"{_named(place)}: {error} ({given.where})") from None


def _wanted(fault: ErrorDetails, hint: Any) -> str:
    limits = wanted(hint)
    if fault["type"] in _OUTSIDE and limits:
        return limits
    if (words := _WORDS.get(fault["type"])) is not None:
        return words.format(**fault.get("ctx", {}))
    told = fault["msg"].removeprefix("Input should be ")
    return f"{told}, {limits}" if limits else told


def _named(place: Place) -> str:
    """As it stands in the file; a name that is none of ours may be anything."""
    return ".".join(part if _NAME.fullmatch(part) else shown(part) for part in place)
