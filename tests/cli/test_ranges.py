"""Every number of every setting has a range, and what lies outside is refused with its place, wherever it is from."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest

from pipeline.cli.choices import Choices, read_choices, sections
from pipeline.config import Given, read_given
from pipeline.errors import SettingsError
from pipeline.quantities import plain, range_of

ROOT = Path(__file__).parents[2]
Setting = tuple[tuple[str, ...], str, Any]  # section, name, type


def settings(cls: type[Any], section: tuple[str, ...]) -> Iterator[Setting]:
    for name, hint in typing.get_type_hints(cls, include_extras=True).items():
        if dataclasses.is_dataclass(hint):
            yield from settings(hint, (*section, name))
        else:
            yield section, name, hint


EVERY = [setting for name, cls in sections().items() for setting in settings(cls, () if name == "call" else (name,))]
NUMBERS = [setting for setting in EVERY if range_of(setting[2]) is not None]


def values(hint: Any, *given: str) -> list[str]:
    return [f"[{one}]" if get_origin(plain(hint)) is tuple else one for one in given]


def given(tmp_path: Path, section: tuple[str, ...], line: str) -> Given:
    file = tmp_path / "callcoach.toml"
    file.write_text((f"[{'.'.join(section)}]\n" if section else "") + line, encoding="utf-8")
    return read_given(file, {})


def read_one(all_given: Given, section: tuple[str, ...]) -> None:
    """The classes that have a part in this section."""
    for name, cls in sections().items():
        if name == "call" or section[:1] == (name,):
            all_given.settings(cls, *(() if name == "call" else (name,)))


def test_every_section_that_is_read_is_a_part_of_the_choices() -> None:
    assert set(sections()) == {field.name for field in dataclasses.fields(Choices)}


def test_every_number_has_a_range() -> None:
    def is_number(hint: Any) -> bool:
        kinds = {plain(hint), *(plain(inner) for inner in get_args(plain(hint)))}
        return bool(kinds & {int, float})

    assert len(NUMBERS) > 100
    assert [".".join((*section, name)) for section, name, hint in EVERY if is_number(hint) and not range_of(hint)] == []


@pytest.mark.parametrize(("section", "name", "hint"), NUMBERS, ids=[".".join((*s, n)) for s, n, _ in NUMBERS])
def test_what_lies_outside_is_refused_with_its_place(
    tmp_path: Path, section: tuple[str, ...], name: str, hint: Any
) -> None:
    limits = range_of(hint)
    assert limits is not None
    assert isinstance(limits.ge, int | float)
    assert isinstance(limits.le, int | float)
    outside = ["nan", "inf", "-inf", "1e999", str(limits.ge - 1), str(limits.le + 1), "0x" + "f" * 5_000]
    wrong = ["'x'", "true", "2026-01-01", "[[1]]", "{}"]
    place = re.escape(".".join((*section, name)))
    where = re.escape(f"{tmp_path / 'callcoach.toml'}" + (f", [{'.'.join(section)}" if section else ""))
    for value in values(hint, *outside) + wrong:
        told_of = given(tmp_path, section, f"{name} = {value}")
        with pytest.raises(SettingsError) as error:
            read_one(told_of, section)
        told = str(error.value)
        assert re.search(rf"{place}\b.*{where}|{where}.*{place}\b", told), told
        assert len(told.splitlines()) == 1
        assert len(told) < 1_000
    variable = f"CALLCOACH_{'__'.join((*section, name)).upper()}"
    for text in ("nan", "inf", str(limits.ge - 1), str(limits.le + 1), "x", "9" * 5_000):
        with pytest.raises(SettingsError, match=rf"^{place}.* must be .*\({variable}\)$"):
            read_one(read_given(None, {variable: text, "CALLCOACH_CONFIG": str(empty(tmp_path))}), section)


def empty(tmp_path: Path) -> Path:
    (path := tmp_path / "empty.toml").write_text("", encoding="utf-8")
    return path


@pytest.mark.parametrize(("section", "name", "hint"), NUMBERS, ids=[".".join((*s, n)) for s, n, _ in NUMBERS])
def test_both_ends_of_a_range_are_accepted(tmp_path: Path, section: tuple[str, ...], name: str, hint: Any) -> None:
    limits = range_of(hint)
    assert limits is not None
    for value in values(hint, str(limits.ge), str(limits.le)):
        try:
            read_one(given(tmp_path, section, f"{name} = {value}"), section)
        except SettingsError as error:
            if "it must be no more than" not in str(error):  # fine by itself, but not beside the defaults of others
                raise


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[vad]\nedge_ms = -50", r"^vad\.edge_ms is -50; it must be 0 to 10000 \(.*callcoach\.toml, \[vad\]\)$"),
        ("[asr]\nnames = ['a', '']", r"^asr\.names\[1\] is ''; it must be a text that is not empty"),
        ('[asr]\nhot_words = ["a\\nb"]', r"^asr\.hot_words\[0\] is 'a\\nb'; it must be one line"),
        ("[asr]\nmodel = ''", r"^asr\.model is ''; it must be a text that is not empty"),
        ('[server]\nhost = "a\\u0000b"', r"^server\.host is 'a\\x00b'; it must be one line"),
        ("[recogniser]\nretry_ms = []", r"^recogniser\.retry_ms is \[\]; it must be a list of at least 1"),
        ("[capture]\nwait_ms = 90\nlongest_wait_ms = 80", r"^capture\.wait_ms is 90; .*longest_wait_ms, which is 80"),
        ("[recording]\nsync_every_ms = 801", r"^recording\.sync_every_ms is 801; it must be 20 to 800"),
        ("[server]\nport = 70000", r"^server\.port is 70000; it must be 0 to 65535"),
        (
            "[prompts]\nfolder = 'nowhere'",
            r"^nowhere: prompts\.folder cannot .*callcoach\.toml, \[prompts\]\)$",
        ),
        (f"[prompts]\nfolder = '{'x' * 300}'", r"prompts\.folder cannot be read \(File name too long"),
        ("vad = 1", r"vad is 1; it must be a section$"),
        ("[vaad]", r"there is no setting vaad"),
        ('["a\\nb"]\nx = 1', r"there is no setting 'a\\nb'\.x"),
    ],
)
def test_messages(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "callcoach.toml"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(SettingsError, match=said):
        read_choices(file)


def test_the_example_with_every_line_taken_is_exactly_the_defaults(tmp_path: Path) -> None:
    text = (ROOT / "callcoach.example.toml").read_text(encoding="utf-8")
    file = tmp_path / "callcoach.toml"
    file.write_text(re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE), encoding="utf-8")
    assert read_choices(file) == read_choices(empty(tmp_path))
    listed = tomllib.loads(file.read_text(encoding="utf-8"))
    for section, name, _ in EVERY:
        table = listed
        for part in section:
            table = table[part]
        assert name in table, json.dumps([*section, name])
