"""Settings, facts, rulebooks and the catalogue, mutated: each is read, or refused in one line that names the file.

The mutations are of bytes, of tokens and of structure. Every seed gives the same text wherever it runs.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline.asr.engine.catalogue import catalogue
from pipeline.cli.choices import read_choices
from pipeline.cli.facts import load_facts
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.errors import CallcoachError
from pipeline.folders import bundled

ROOT = Path(__file__).parents[2]
LONGEST_S, MOST_KB = 8.0, 200_000
"""Of a processor, and of memory beyond what was there before, for one input."""

FACTS = """\
direction: inbound
customer_name: &name 王先生
company: "华信物业"
agent_id: a-17
team: x
timezone: Asia/Shanghai
recording_consent: true
started_at: 2026-11-22T09:30:00+08:00
"""
TOKENS = (
    ".nan", ".inf", "-1", "0", "1e999", "99999999999999999999", "0x_", "1:1:1:1", "nan", "inf", "true", "null", "~",
    "2026-02-30", "2026-02-30T09:30:00+08:00", "<<: *a", "*a", "*name", "&a", "&name", "!!int", "!!python/object:x",
    "!x", "[", "]", "{", "}", ":", ",", "-", "?", "|", ">", "'", '"', "#", "%", "@", "`", "=", "==", "---", "...", "\n",
    "\n\n", "\t", " ", "\x00", "\x07", "\x85", "\u2028", "\u202e", "\ufeff", "(a+)+b", "(a?){30}b", "{rate}", "{x}",
    "王", "'a'", '"a"', "{a: 1}", "a=1", "[a]", "[[a]]", "a.b.c=", "\\u0000", "\\ud800", "\\",
)  # fmt: skip


def settings(path: Path) -> object:
    return read_choices(path)


def models(path: Path) -> object:
    return catalogue.__wrapped__(path)


def example() -> str:
    """All settings, none of them a comment."""
    lines = (ROOT / "callcoach.example.toml").read_text(encoding="utf-8").splitlines()
    return "\n".join(line.removeprefix("# ") if " = " in line else line for line in lines)


def rulebook() -> str:
    """The shipped one, with few enough rules to be mutated often."""
    text = bundled("rules", "handbook.yaml").read_text(encoding="utf-8")
    before, after = text.split("\nrules:\n")
    head, *rules = f"\n{after}".split("\n  - id: ")
    return "\n  - id: ".join([f"{before}\nrules:{head}", *rules[:4], *rules[-4:]])


KINDS: dict[str, tuple[Callable[[Path], object], Callable[[], str]]] = {
    "settings.toml": (settings, example),
    "facts.yaml": (load_facts, lambda: FACTS),
    "rulebook.yaml": (load_rulebook, rulebook),
    "catalogue.yaml": (models, lambda: bundled("models", "catalogue.yaml").read_text(encoding="utf-8")),
}


def mutated(text: str, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        text = chance.choice((_token, _value, _value, _value, _line, _again, _nested, _cut))(text, chance)
    given = text.encode("utf-8", "surrogatepass")
    if chance.random() < 0.2:
        given = _bytes(given, chance)
    if chance.random() < 0.05:
        given = text.encode(chance.choice(("utf-16", "utf-32", "utf-8-sig", "gb18030")), "replace")
    return given


def _token(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(TOKENS) + text[at + chance.choice((0, 0, 1, 5)) :]


def _value(text: str, chance: random.Random) -> str:
    """Something else after a `:` or `=`."""
    places = [at for at, char in enumerate(text) if char in ":="]
    if not places:
        return text
    at = chance.choice(places) + 1
    end = text.find("\n", at)
    return f"{text[:at]} {_odd(chance)}{text[end:] if end >= 0 else ''}"


def _odd(chance: random.Random) -> str:
    size = chance.choice((1, 25, 3_000))
    return chance.choice(
        (*TOKENS, "9" * size, "[" * size, "{a: " * size, "x" * size, f"[{'1,' * size}]", f"'{'(a|b)?' * size}'",
         f"'{'(' * size}a{')' * size}'", f'"{chr(chance.randrange(0x110000))}"', str(chance.uniform(-1e9, 1e9)),
         bomb(chance), bomb(chance), "&r [*r]", "&r {r: *r}", "2026-02-30", f"0x{'f' * size}")
    )  # fmt: skip


def _line(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True) or [""]
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines.insert(other, lines.pop(at) if chance.random() < 0.5 else lines[at])
    return "".join(lines)


def _again(text: str, chance: random.Random) -> str:
    """A piece many times over; with luck of aliases."""
    at = chance.randrange(len(text) + 1)
    piece = text[at : at + chance.randrange(1, 40)] if chance.random() < 0.7 else chance.choice(TOKENS)
    return text[:at] + piece * chance.choice((2, 20, 2_000)) + text[at:]


def _nested(text: str, chance: random.Random) -> str:
    """Lists in lists, and names in names."""
    depth = chance.choice((3, 30, 3_000))
    return chance.choice(
        (f"{'[' * depth}{text}", f"{'a.' * depth}{text}", f"{'a: ' * depth}{text}", f"{text}\n{bomb(chance)}")
    )


def bomb(chance: random.Random) -> str:
    """Aliases of aliases: few characters, very many values."""
    width, depth = chance.choice((2, 9)), chance.choice((3, 12, 40))
    levels = [f"&l{level} [{', '.join([f'*l{level - 1}'] * width)}]" for level in range(1, depth)]
    return f"[{', '.join(['&l0 [x, x]', *levels])}]"


def _cut(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text) + 1)] if chance.random() < 0.5 else text[chance.randrange(len(text) + 1) :]


def _bytes(given: bytes, chance: random.Random) -> bytes:
    changed = bytearray(given)
    for _ in range(min(len(changed), chance.choice((1, 8)))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def resident_kb() -> int:
    """Memory this process has now; its peak counts anew from here. 0 where the system does not tell."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _status("VmRSS")


def peak_kb() -> int:
    return _status("VmHWM")


def _status(name: str) -> int:
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_is_read_or_refused_in_one_line(kind: str, tmp_path: Path, inputs: Callable[[int], int]) -> None:
    read, original = KINDS[kind]
    path, text = tmp_path / kind, original()
    path.write_text(text, encoding="utf-8")
    assert read(path) is not None
    taken = 0
    for seed in range(inputs(150)):
        path.write_bytes(given := mutated(text, random.Random(f"{kind} {seed}")))
        before, began = resident_kb(), time.process_time()
        try:
            read(path)
            taken += 1
        except CallcoachError as error:
            told = str(error)
            assert str(path) in told, f"seed {seed}: {told}"
            assert len(told.splitlines()) == 1, f"seed {seed}: {told!r}"
            assert len(told) < 2_000 + len(str(path)), f"seed {seed}: {told}"
        except Exception as error:
            error.add_note(f"seed {seed}: {given[:200]!r}")
            raise
        assert time.process_time() - began < LONGEST_S, f"seed {seed}"
        assert peak_kb() - before < MOST_KB, f"seed {seed}"
    if inputs(150) >= 150:  # the mutations are neither harmless nor mere noise
        assert 0 < taken < inputs(150)
