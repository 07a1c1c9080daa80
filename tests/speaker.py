"""espeak-ng that gives the same samples for the same words, whatever was said before.

The library keeps the phase of its voice and its flutter between calls, so what a test heard depended on the tests run
before it in the same process. Here each text is spoken by a fork of a process that has not spoken yet.

Run as a program it reads one request a line, JSON [text, variant, speed, pitch, pitch_range], and answers with the
number of samples on a line, then the samples: float32, 16 kHz.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]


@cache
def _speaker() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.speaker"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(process.communicate)  # closes its input, which ends it
    return process


def speak(text: str, variant: str, speed: int, pitch: int, pitch_range: int) -> NDArray[np.float32]:
    """Mono samples of one text, float32 at 16 kHz, shape (n,). Raises ValueError when espeak-ng is missing."""
    asked, answers = _speaker().stdin, _speaker().stdout
    assert asked is not None
    assert answers is not None
    asked.write(json.dumps([text, variant, speed, pitch, pitch_range]).encode() + b"\n")
    asked.flush()
    return np.frombuffer(answers.read(4 * int(answers.readline())), np.float32)


def main() -> None:
    from models.demo import synth

    synth._espeak()  # opened once; it has said nothing yet when it is forked
    for line in sys.stdin:
        if child := os.fork():
            os.waitpid(child, 0)
            continue
        text, variant, speed, pitch, pitch_range = json.loads(line)
        pcm = synth.speak(text, variant=variant, speed=speed, pitch=pitch, pitch_range=pitch_range).pcm
        sys.stdout.buffer.write(b"%d\n" % len(pcm) + pcm.astype(np.float32).tobytes())
        sys.stdout.buffer.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
