"""The one way to read a file that a person wrote: settings, facts, rulebooks, the catalogue.

Any input is either read in bounded time and memory or refused with one line naming file, line and what was wanted.
UTF-8, with or without a byte order mark. Of YAML only a subset is accepted: no tags; keys are strings and unique; an
alias counts as many values as it expands to (nine lines of nested aliases expand to a billion values).
"""

from __future__ import annotations

import codecs
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from pipeline.errors import CallcoachError

MOST_BYTES = 1_000_000
"""Limit of a YAML file: forty times the shipped rulebook."""

MOST_TOML_BYTES = 100_000
"""Limit of a TOML file: six times callcoach.example.toml."""

DEEPEST = 20
MOST_VALUES = 50_000
LONGEST_NUMBER = 60
"""Characters of a number or date: YAML reads `1:1:1:…` as a sexagesimal number, in quadratic time."""

_SHOWN = 80
_MARKS = ((codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"), (codecs.BOM_UTF16_LE, "UTF-16"),
          (codecs.BOM_UTF16_BE, "UTF-16"))  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONG_KEY = re.compile(
    rf"""(?<![\w"'-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{DEEPEST}}}""",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Document:
    """The value of a YAML file, and the parse tree that knows the lines."""

    value: Any
    root: yaml.Node | None

    def line(self, where: tuple[int | str, ...]) -> int:
        """Line of the value at this path of keys and indices, or of its nearest ancestor in the file."""
        node = self.root
        for key in where:
            if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
                node = node.value[key]
            elif isinstance(node, yaml.MappingNode):
                node = next((value for name, value in node.value if name.value == key), node)
        return int(node.start_mark.line) + 1 if node else 1


def shown(value: object) -> str:
    """A value as an error message shows it: on one line, shortened to 80 characters."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to convert integers of more than 4,300 digits
        return "a number of very many digits"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def member(kind: str, given: object, number: int) -> str:
    """How an error calls a member of a list: by its `id` where it has one, else by its place, counted from 0."""
    name = given.get("id") if isinstance(given, dict) else None
    return f"{kind} {shown(name)}" if name else f"{kind} no. {number + 1}"


def fault(subject: str, where: Sequence[str | int], error: Mapping[str, Any], wanted: str = "") -> str:
    """A fault that pydantic found in `subject`, at the path `where` in it; `wanted` instead of pydantic's words."""
    field = ".".join(map(str, where)) or "as a whole"
    if error["type"] == "missing":
        return f"{subject}: {field} is missing; it is required"
    wanted = wanted or error["msg"].removeprefix("Value error, ")
    return f"{subject}: {field} is {shown(error['input'])}; wanted: {wanted}"


def read_yaml(
    path: Path, wrong: type[CallcoachError], most_bytes: int = MOST_BYTES, most_values: int = MOST_VALUES
) -> Document:
    """Raises `wrong`, one line, when the file cannot be read or is not plain YAML."""
    text = read_text(path, wrong, most_bytes)
    try:
        loader = _Loader(text, most_values)
        root = loader.get_single_node()
        return Document(loader.construct_document(root) if root is not None else None, root)
    except yaml.YAMLError as error:
        line, told = _told(error)
        raise wrong(f"{path}:{line}: not valid YAML: {told}") from None


def read_toml(path: Path, wrong: type[CallcoachError]) -> dict[str, Any]:
    """Raises `wrong`, one line, when the file cannot be read or is not TOML."""
    text = read_text(path, wrong, MOST_TOML_BYTES)
    if found := _LONG_KEY.search(text):  # tomllib takes quadratic time for a dotted key
        line = text.count("\n", 0, found.start()) + 1
        raise wrong(f"{path}:{line}: names within names; a setting lies at most {DEEPEST} deep")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise wrong(f"{path}: lists within lists; at most {DEEPEST} lie in one another") from None
    except ValueError as error:  # TOML errors, and an integer of more digits than Python converts
        raise wrong(f"{path}: not valid TOML: {_one_line(error)}") from None


def read_text(path: Path, wrong: type[CallcoachError], most_bytes: int) -> str:
    """The text of a file without its byte order mark. Raises `wrong`, one line naming the file and the line."""
    given = read_bytes(path, wrong, most_bytes)
    for mark, name in _MARKS:
        if given.startswith(mark):
            raise wrong(f"{path}: it is written in {name}; it must be UTF-8")
    try:
        text = given.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = given.count(b"\n", 0, error.start) + 1
        raise wrong(f"{path}:{line}: byte 0x{given[error.start]:02x} is no UTF-8; save the file as UTF-8") from None
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise wrong(f"{path}:{line}: character U+{ord(found.group()):04X} is none of a text; take it out")
    return text


def read_bytes(path: Path, wrong: type[CallcoachError], most_bytes: int) -> bytes:
    """All of a file. Raises `wrong`. Devices and pipes are refused: they may have no end."""
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind):  # opening a named pipe would block until somebody writes to it
            given = "a folder" if stat.S_ISDIR(kind) else "a pipe or device"
            raise wrong(f"{path}: cannot be read: it is {given}; it must be a file")
        with path.open("rb") as file:
            text = file.read(most_bytes + 1)
    except OSError as error:
        raise wrong(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # a null character in the path
        raise wrong(f"{str(path)!r}: cannot be read: {error}") from None
    if len(text) > most_bytes:
        raise wrong(f"{path}: more than {most_bytes // 1000} kB; it must be less")
    return text


def _told(error: yaml.YAMLError) -> tuple[int, str]:
    """Line and message of a PyYAML error, whose own text has four lines."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        told = " ".join(filter(None, (error.problem, error.context and f"({error.context})")))
        return mark.line + 1 if mark else 1, _one_line(told)
    return 1, _one_line(error)


def _one_line(told: object) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in str(told)).split())


def _refuse(wanted: str, at: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=wanted, problem_mark=at.start_mark)


class _Loader(Composer, SafeConstructor, Resolver):
    """Composes and constructs from the events of libyaml (or PyYAML's own scanner), limiting values and depth."""

    def __init__(self, text: str, most_values: int) -> None:
        Composer.__init__(self)
        SafeConstructor.__init__(self)
        Resolver.__init__(self)
        scanner = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        self.check_event, self.peek_event, self.get_event = scanner.check_event, scanner.peek_event, scanner.get_event
        self._most_values = most_values
        self._values = self._depth = self._reached = 0
        self._sizes: dict[yaml.Node, tuple[int, int]] = {}  # number of values and depth of each anchored node

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if getattr(event, "tag", None) is not None:
            raise _refuse(f"tag {shown(event.tag)}; only plain texts, numbers, lists and `name: value` are read", event)
        before, outer = self._values, self._reached
        self._depth += 1
        self._reached = self._depth
        self._count(1, event)
        node: Any = super().compose_node(parent, index)
        if isinstance(event, yaml.AliasEvent):
            if node not in self._sizes:
                raise _refuse(f"*{event.anchor} stands within what it names", event)
            values, depth = self._sizes[node]
            self._reached += depth
            self._count(values, event)
        elif getattr(event, "anchor", None) is not None:
            self._sizes[node] = self._values - before, self._reached - self._depth
        self._depth -= 1
        self._reached = max(outer, self._reached)
        return node

    def _count(self, values: int, event: Any) -> None:
        self._values += values
        if self._values > self._most_values:
            raise _refuse(f"more than {self._most_values} values, aliases counted as what they stand for", event)
        if self._reached > DEEPEST:
            raise _refuse(f"more than {DEEPEST} lists or names within one another", event)

    def compose_mapping_node(self, anchor: Any) -> Any:
        node: Any = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for name, _ in node.value:
            if not isinstance(name, yaml.ScalarNode) or not name.tag.endswith((":str", ":merge")):
                given = shown(name.value) if isinstance(name, yaml.ScalarNode) else "a list"
                raise _refuse(f"{given} stands for a name; a name must be a text, in quotes if need be", name)
            if name.value in seen:
                raise _refuse(f"{shown(name.value)} stands there twice", name)
            seen.add(name.value)
        return node

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        if node.tag.endswith(":value"):  # YAML 1.1 gives a lone `=` a type of its own
            return node.value
        if isinstance(node, yaml.ScalarNode) and not node.tag.endswith((":str", ":merge")):
            if len(node.value) > LONGEST_NUMBER:
                raise _refuse(f"{shown(node.value)} is no number; a text that looks like one needs quotes", node)
            try:
                return super().construct_object(node, deep)
            except (ValueError, OverflowError) as error:  # a date that does not exist, such as 2026-02-30
                raise _refuse(f"{shown(node.value)}: {error}", node) from None
        return super().construct_object(node, deep)
