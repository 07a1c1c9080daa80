"""The guard itself: what it is there to see, it sees, by strace and without."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.privacy.guard import Guard, can_trace


def has_ipv6() -> bool:
    try:
        socket.socket(socket.AF_INET6).close()
    except OSError:
        return False
    return True


WAYS = [
    pytest.param(True, id="strace", marks=pytest.mark.skipif(not can_trace(), reason="strace cannot trace here")),
    pytest.param(False, id="audit"),
]


def faults(folder: Path, by_strace: bool, *command: str, **environ: str) -> str:
    guard = Guard(folder, by_strace=by_strace)
    guard.run(*command, **environ)
    return "\n".join(guard.faults())


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"import os, socket, pathlib; home = pathlib.Path.home(); {code}")


@pytest.mark.parametrize("by_strace", WAYS)
@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("\ntry: socket.getaddrinfo('collector.invalid', 443)\nexcept OSError: pass", "asks: "),
        ("socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 443))", "192.0.2.1"),
        pytest.param(
            "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b'', ('2001:db8::1', 9))", "2001:db8::1",
            marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on this machine"),
        ),
        ("socket.socket().bind(('0.0.0.0', 0))", "0.0.0.0"),
        ("(home / 'id').write_text('1')", "home/id"),
        ("(home / 'id').write_text('1'); (home / 'id').unlink()", "home/id"),
        ("(home / '.cache').mkdir()", "home/.cache"),
        ("p = home.parent / 'data'; p.mkdir(); (p / 'a').touch(); (p / 'a').rename(home.parent / 'b')", "/b"),
        ("(home.parent / 'tmp' / 'left').touch()", "tmp/left"),
        ("os.system('echo 1 > $HOME/native')", "home/native"),
    ],
)  # fmt: skip
def test_what_speaks_asks_or_writes_is_caught(tmp_path: Path, by_strace: bool, code: str, seen: str) -> None:
    assert seen in faults(tmp_path, by_strace, *python(code))


@pytest.mark.parametrize("by_strace", WAYS)
def test_what_stays_here_is_not(tmp_path: Path, by_strace: bool) -> None:
    code = (
        "s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname());"
        "d = home.parent / 'data'; d.mkdir(); (d / 'calls.db').touch(); (home / 'nothing').exists();"
        "open(os.devnull, 'w')"
    )
    assert faults(tmp_path, by_strace, *python(code)) == ""


@pytest.mark.parametrize("by_strace", WAYS)
def test_the_telemetry_of_the_pinned_onnx_runtime_is_caught(tmp_path: Path, by_strace: bool) -> None:
    """Loaded without a word of ours: the reason for all of this. Once it is gone, so may pipeline.quiet be."""
    loaded = "import onnxruntime, faster_whisper; p = pathlib.Path(faster_whisper.__file__).parent / 'assets'"
    found = faults(
        tmp_path, by_strace, *python(f"{loaded}; onnxruntime.InferenceSession(str(next(p.glob('silero*'))))")
    )
    assert "left in the home folder" in found
    assert "onnxruntime" in found


def test_a_process_of_a_process_is_watched(tmp_path: Path) -> None:
    inner = "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    assert "192.0.2.1" in faults(tmp_path, can_trace(), *python(code))
