"""Any file is read in bounded time and memory, or refused with one line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.documents import MOST_BYTES, read_toml, read_yaml
from pipeline.errors import FactsError, SettingsError

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
LONGEST_S = 5.0
"""CPU time allowed. The most expensive case takes 0.7 s."""


def as_yaml(tmp_path: Path, given: str | bytes) -> Any:
    path = tmp_path / "it.yaml"
    path.write_bytes(given if isinstance(given, bytes) else given.encode())
    return read_yaml(path, FactsError).value


def as_toml(tmp_path: Path, given: str | bytes) -> Any:
    path = tmp_path / "it.toml"
    path.write_bytes(given if isinstance(given, bytes) else given.encode())
    return read_toml(path, SettingsError)


def refused(read: Callable[[], Any], line: int | None, said: str) -> None:
    began = time.process_time()
    with pytest.raises((FactsError, SettingsError)) as error:
        read()
    told = str(error.value)
    assert time.process_time() - began < LONGEST_S
    assert said in told
    assert len(told.splitlines()) == 1
    if line is not None:
        assert f":{line}: " in told


@pytest.fixture(params=["libyaml", "PyYAML alone"])
def _scanner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "PyYAML alone":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)


@pytest.mark.usefixtures("_scanner")
@pytest.mark.parametrize(
    ("given", "line", "said"),
    [
        (BOMB, 5, "more than 50000 values, aliases counted as what they stand for"),
        ("a: 1\nb: &b [*b]", 2, "*b stands within what it names"),
        ("a: &a {<<: *a}", 1, "*a stands within what it names"),
        ("a: *nobody", 1, "undefined alias"),
        ("[" * 5_000, 1, "more than 20 lists or names within one another"),
        ("\n".join(" " * depth + "a:" for depth in range(100)), 20, "more than 20 lists or names"),
        ("a: &a [[[[[[[[[[[x]]]]]]]]]]]\nb: [[[[[[[[[*a]]]]]]]]]", 2, "more than 20 lists or names"),
        ("a: 1\nb: 2\na: 3", 3, "'a' stands there twice"),
        ("a: 1\n2: x", 2, "'2' stands for a name"),
        ("on: x", 1, "'on' stands for a name"),
        ("[a, b]: x", 1, "a list stands for a name"),
        ("a: 1\nb: 2026-02-30", 2, "'2026-02-30': day is out of range"),
        ("a: 2026-01-01 25:00:00", 1, "hour must be in 0..23"),
        ("a: 0x_", 1, "'0x_'"),
        (f"a: {'9' * 5_000}", 1, "is no number"),
        (f"a: {'1:' * 20_000}1", 1, "is no number"),
        ("a: !!int x", 1, "only plain texts"),
        ("a: !!python/object/apply:os.system [x]", 1, "only plain texts"),
        ("a: !mine x", 1, "only plain texts"),
        ("a: {<<: 3}", 1, "expected a mapping"),
        ("--- a\n--- b", 2, "another document"),
        ("a: b: c", 1, "mapping values are not allowed"),
        ("a: 1\nb: [", None, "not valid YAML"),
        ("a: x\nb: \x07", 2, "character U+0007"),
        (b"a: 1\nb: \xe4", 2, "byte 0xe4 is no UTF-8"),
        ("a: 电话".encode("gbk"), 1, "no UTF-8"),
        ("a: b".encode("utf-16"), None, "written in UTF-16"),
        ("a: b".encode("utf-32"), None, "written in UTF-32"),
        (b"#" * (MOST_BYTES + 1), None, "more than 1000 kB"),
    ],
)  # fmt: skip
def test_yaml_that_is_refused(tmp_path: Path, given: str | bytes, line: int | None, said: str) -> None:
    refused(lambda: as_yaml(tmp_path, given), line, said)


def test_very_many_values(tmp_path: Path) -> None:
    refused(lambda: as_yaml(tmp_path, f"a: [{'x,' * 60_000}]"), 1, "more than 50000 values")


@pytest.mark.usefixtures("_scanner")
def test_yaml_that_is_read(tmp_path: Path) -> None:
    assert as_yaml(tmp_path, "\ufeffa: 电话") == {"a": "电话"}
    assert as_yaml(tmp_path, "") is None
    assert as_yaml(tmp_path, "a: =") == {"a": "="}
    merged = as_yaml(tmp_path, "a: &a {x: 1, y: &y [2]}\nb: {<<: *a, x: 3}\nc: [*a, *y]")
    assert merged == {"a": {"x": 1, "y": [2]}, "b": {"x": 3, "y": [2]}, "c": [{"x": 1, "y": [2]}, [2]]}


@pytest.mark.parametrize(
    ("given", "line", "said"),
    [
        ("a = " + "[" * 30_000, None, "lists within lists"),
        ("a = 1\n" + "b." * 40_000 + "c = 1", 2, "a setting lies at most 20 deep"),
        ("[" + '"b" . ' * 15_000 + "c]", 1, "a setting lies at most 20 deep"),
        ("a = " + "9" * 5_000, None, "not valid TOML"),
        ("a = 2026-02-30", None, "not valid TOML"),
        ("a = 1\na = 2", None, "not valid TOML"),
        ("a = \x00", 1, "character U+0000"),
        (b"a = '\xe4'", 1, "no UTF-8"),
        ("a = 1".encode("utf-16"), None, "written in UTF-16"),
        (b"#" * 100_001, None, "more than 100 kB"),
    ],
)
def test_toml_that_is_refused(tmp_path: Path, given: str | bytes, line: int | None, said: str) -> None:
    refused(lambda: as_toml(tmp_path, given), line, said)


def test_toml_that_is_read(tmp_path: Path) -> None:
    assert as_toml(tmp_path, "\ufeff[a]\nb = 'x'") == {"a": {"b": "x"}}
    assert as_toml(tmp_path, "") == {}


@pytest.mark.parametrize("read", [read_yaml, read_toml])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, read: Callable[[Path, type[SettingsError]], Any]) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, said in {
        tmp_path / "pipe": "it is a pipe or device; it must be a file",
        Path("/dev/zero"): "it is a pipe or device; it must be a file",
        tmp_path: "it is a folder; it must be a file",
        tmp_path / "none": "cannot be read: No such file",
        tmp_path / ("x" * 5_000): "cannot be read: File name too long",
        Path("a\0b"): "cannot be read: embedded null",
    }.items():
        refused(lambda path=path: read(path, SettingsError), None, said)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "it.yaml"
    path.write_text("a: 1", encoding="utf-8")

    def closed(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    refused(lambda: read_yaml(path, FactsError), None, "cannot be read: Permission denied")
