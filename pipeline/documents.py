"""The one way to read a file that a person wrote: settings, facts, rulebooks, the catalogue.

Whatever is given, it is read in bounded time and memory, or refused in one line naming file, line and what was wanted.
UTF-8, with or without a byte order mark. YAML is the plain part of it: no tags, names are texts and stand once, and an
alias counts as much as what it stands for (nine lines of aliases of aliases are a billion values).
"""

from __future__ import annotations

import codecs
import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from pipeline.errors import CallcoachError

MOST_BYTES = 1_000_000
"""Forty times the shipped rulebook."""

MOST_TOML_BYTES = 100_000
"""Six times callcoach.example.toml."""

DEEPEST = 20
MOST_VALUES = 50_000
LONGEST_NUMBER = 60
"""Characters of a number or date: `1:1:1:…` is a number to YAML, and takes minutes."""

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
    """What a YAML file holds, and where in it."""

    value: Any
    root: yaml.Node | None

    def line(self, where: tuple[int | str, ...]) -> int:
        """Line of a value, or of the nearest thing around it that stands in the file."""
        node = self.root
        for key in where:
            if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
                node = node.value[key]
            elif isinstance(node, yaml.MappingNode):
                node = next((value for name, value in node.value if name.value == key), node)
        return int(node.start_mark.line) + 1 if node else 1


def shown(value: object) -> str:
    """A value as a message shows it: on one line, and not all of it."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no number of over 4,300 digits
        return "a number of very many digits"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def read_yaml(path: Path, wrong: type[CallcoachError]) -> Document:
    """Raises `wrong`, one line, when the file cannot be read or is not plain YAML."""
    text = read_text(path, wrong, MOST_BYTES)
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        return Document(loader.construct_document(root) if root is not None else None, root)
    except yaml.YAMLError as error:
        line, told = _told(error)
        raise wrong(f"{path}:{line}: not valid YAML: {told}") from None


def read_toml(path: Path, wrong: type[CallcoachError]) -> dict[str, Any]:
    """Raises `wrong`, one line, when the file cannot be read or is not TOML."""
    text = read_text(path, wrong, MOST_TOML_BYTES)
    if found := _LONG_KEY.search(text):  # its length squared is the time such a name takes
        line = text.count("\n", 0, found.start()) + 1
        raise wrong(f"{path}:{line}: names within names; a setting lies at most {DEEPEST} deep")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise wrong(f"{path}: lists within lists; at most {DEEPEST} lie in one another") from None
    except ValueError as error:  # also a number of more digits than Python reads
        raise wrong(f"{path}: not valid TOML: {_one_line(error)}") from None


def read_text(path: Path, wrong: type[CallcoachError], most_bytes: int) -> str:
    """The whole of a file, without its byte order mark. Devices and pipes are refused: they may have no end."""
    given = _read(path, wrong, most_bytes)
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


def _read(path: Path, wrong: type[CallcoachError], most_bytes: int) -> bytes:
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind):  # opening a pipe would wait for its other end
            given = "a folder" if stat.S_ISDIR(kind) else "a pipe or device"
            raise wrong(f"{path}: cannot be read: it is {given}; it must be a file")
        with path.open("rb") as file:
            text = file.read(most_bytes + 1)
    except OSError as error:
        raise wrong(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # a null character in its name
        raise wrong(f"{str(path)!r}: cannot be read: {error}") from None
    if len(text) > most_bytes:
        raise wrong(f"{path}: more than {most_bytes // 1000} kB; it must be less")
    return text


def _told(error: yaml.YAMLError) -> tuple[int, str]:
    """Line and words of what PyYAML tells in four lines."""
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
    """Composes and constructs what libyaml (where it is missing, PyYAML itself) finds, and counts while it does."""

    def __init__(self, text: str) -> None:
        Composer.__init__(self)
        SafeConstructor.__init__(self)
        Resolver.__init__(self)
        scanner = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        self.check_event, self.peek_event, self.get_event = scanner.check_event, scanner.peek_event, scanner.get_event
        self._values = self._depth = self._reached = 0
        self._sizes: dict[yaml.Node, tuple[int, int]] = {}  # values and depth of what an anchor stands for

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
        if self._values > MOST_VALUES:
            raise _refuse(f"more than {MOST_VALUES} values, aliases counted as what they stand for", event)
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
        if node.tag.endswith(":value"):  # a lone `=`
            return node.value
        if isinstance(node, yaml.ScalarNode) and not node.tag.endswith((":str", ":merge")):
            if len(node.value) > LONGEST_NUMBER:
                raise _refuse(f"{shown(node.value)} is no number; a text that looks like one needs quotes", node)
            try:
                return super().construct_object(node, deep)
            except (ValueError, OverflowError) as error:  # 2026-02-30
                raise _refuse(f"{shown(node.value)}: {error}", node) from None
        return super().construct_object(node, deep)
