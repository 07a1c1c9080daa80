"""Broken recordings of every container: a result or one clear error, in bounded time and memory, nothing on stderr."""

from __future__ import annotations

import random
import resource
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.asr.engine.scheduler import SchedulerSettings
from pipeline.cli.choices import AsrChoice, rulebook_path
from pipeline.cli.recordings import Recording
from pipeline.cli.scoring import ScoreOptions, Scorer
from pipeline.settings import CallSettings
from tests.recordings import ALL, talk, write

SEED = 20_261_126
LONGEST_S = 20.0  # of work for one input of a second or two; ordinary ones take hundredths
MOST_MIB = 400  # more memory than before the first input

Mutation = Callable[[random.Random, bytes, list[bytes]], bytes]


def cut(chance: random.Random, content: bytes, others: list[bytes]) -> bytes:
    return content[: chance.randrange(1, len(content))]


def flips(chance: random.Random, content: bytes, others: list[bytes]) -> bytes:
    whole = bytearray(content)
    for _ in range(chance.choice((1, 3, 30))):
        whole[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
    return bytes(whole)


def head_flips(chance: random.Random, content: bytes, others: list[bytes]) -> bytes:
    head = min(len(content), 512)
    return flips(chance, content[:head], others) + content[head:]


def length_lie(chance: random.Random, content: bytes, others: list[bytes]) -> bytes:
    """Wherever it falls in the header, it is somebody's length."""
    lie = chance.choice((0, 1, len(content) * 7, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF))
    at = chance.randrange(4, min(len(content), 256))
    what = struct.pack(chance.choice((">I", "<I", ">Q", "<Q")), lie)
    return content[:at] + what + content[at + len(what) :]


def joined(chance: random.Random, content: bytes, others: list[bytes]) -> bytes:
    first = cut(chance, content, others) if chance.random() < 0.5 else content
    return first + chance.choice(others)


def zero_block(chance: random.Random, content: bytes, others: list[bytes]) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + bytes(chance.randrange(1, 4_096)) + content[at + chance.randrange(4_096) :]


MUTATIONS: tuple[Mutation, ...] = (cut, flips, head_flips, length_lie, joined, zero_block)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("made")
    return {name: write(folder / name, talk(1.0)).read_bytes() for name in ALL}


def test_a_broken_recording_is_a_result_or_one_error(
    made: dict[str, bytes], tmp_path: Path, inputs: Callable[[int], int], capfd: pytest.CaptureFixture[str]
) -> None:
    chance, names, contents = random.Random(SEED), list(made), list(made.values())
    options = ScoreOptions(rulebook_path(Path("handbook")), AsrChoice("none"), SchedulerSettings(), CallSettings())
    scorer, path = Scorer(options), tmp_path / "broken"
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    errors = 0
    for number in range(inputs(100)):
        name, mutation = names[number % len(names)], chance.choice(MUTATIONS)
        path.write_bytes(mutation(chance, made[name], contents))
        began_s = time.process_time()
        result = scorer.score(Recording(path, started_at="2026-01-01T09:00:00+08:00"), lambda _: None)
        what = f"input {number}: {name} {mutation.__name__}: {result.get('error')}"
        assert time.process_time() - began_s < LONGEST_S, what
        if "error" in result:
            errors += 1
            assert "internal error" not in result["error"], what
            assert result["error"].isprintable(), what
        else:
            assert result["duration_ms"] >= 20, what
        told = capfd.readouterr()
        assert (told.out, told.err) == ("", ""), what
    assert errors
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / 1024 < MOST_MIB
