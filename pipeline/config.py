"""Where settings come from: callcoach.toml, then CALLCOACH_<ROOM>__<NAME>, then flags.

The settings themselves are frozen dataclasses beside the code that uses them; here they are only filled in.
A name nobody knows and a value of the wrong kind are errors that name the place they came from.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from pipeline.errors import CallcoachError, SettingsError

FILE = "callcoach.toml"
PREFIX = "CALLCOACH_"
ROOT = Path(__file__).resolve().parents[1]

Settings = TypeVar("Settings")
Place = tuple[str, ...]  # ("vad", "mode") is [vad] mode in the file and CALLCOACH_VAD__MODE


def data_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where calls are kept: $CALLCOACH_DATA, or `data` in the project folder."""
    return Path(environ["CALLCOACH_DATA"]) if environ.get("CALLCOACH_DATA") else ROOT / "data"


def bundled(*parts: str) -> Path:
    """A file or folder that comes with the project: rules, demo, models, dashboard/dist."""
    return ROOT.joinpath(*parts)


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
        hints = typing.get_type_hints(cls)
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
        except (ValueError, CallcoachError) as error:
            raise SettingsError(f"{error} ({', '.join(g.where for g in used)})" if used else str(error)) from error

    def refuse_unknown(self) -> None:
        for place, given in self._values.items():
            if place not in self._known and not (given.is_text and len(place) == 1):  # CALLCOACH_MODELS and the like
                known = sorted(".".join(k) for k in self._known if k[:-1] == place[:-1])
                wanted = f"; known here: {', '.join(known)}" if known else ""
                raise SettingsError(f"{given.where}: there is no setting {'.'.join(place)}{wanted}")

    def _take(self, place: Place, hint: Any) -> _Given | None:
        self._known.add(place)
        if typing.get_origin(hint) not in (dict, Mapping):
            return self._values.get(place)
        inside = {p: g for p, g in self._values.items() if p[: len(place)] == place}
        self._known |= set(inside)
        if not inside:
            return None
        table = {p[len(place)]: g.value for p, g in inside.items()}
        return _Given(table, next(iter(inside.values())).where, is_text=False)


def read_given(file: Path | None = None, environ: Mapping[str, str] = os.environ) -> Given:
    """Reads `file`, or $CALLCOACH_CONFIG, or ./callcoach.toml where there is one, and the environment."""
    if file is None and environ.get("CALLCOACH_CONFIG"):
        file = Path(environ["CALLCOACH_CONFIG"])
    if file is None and Path(FILE).is_file():
        file = Path(FILE)
    values: dict[Place, _Given] = {}
    if file is not None:
        _flatten(_read_file(file), (), file, values)
    for name, text in environ.items():
        if name.startswith(PREFIX):
            place = tuple(name.removeprefix(PREFIX).lower().split("__"))
            values[place] = _Given(text, name, is_text=True)
    return Given(values)


def _read_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: not valid TOML: {error}") from error


def _flatten(table: dict[str, Any], section: Place, file: Path, values: dict[Place, _Given]) -> None:
    where = f"{file}, [{'.'.join(section)}]" if section else str(file)
    for name, value in table.items():
        if isinstance(value, dict):
            _flatten(value, (*section, name), file, values)
        else:
            values[(*section, name)] = _Given(value, where, is_text=False)


def _read(given: _Given, hint: Any, place: Place) -> Any:
    reader: TypeAdapter[Any] = TypeAdapter(hint)
    try:
        if not given.is_text:
            return reader.validate_json(json.dumps(given.value, default=str), strict=True)
        if typing.get_origin(hint) is tuple:
            return reader.validate_python(tuple(part.strip() for part in given.value.split(",") if part.strip()))
        return reader.validate_strings(given.value)
    except ValidationError as error:
        wanted = error.errors(include_url=False)[0]["msg"].removeprefix("Input should be ")
        raise SettingsError(f"{'.'.join(place)} is {given.value!r}; it must be {wanted} ({given.where})") from None
