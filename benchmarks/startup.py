"""Time to start callcoach: `--version`, `rules list`, and `serve` until it answers `/api/health`.

python -m benchmarks.startup [--runs 7] [--vs .../bin/callcoach]

With --vs another callcoach is started alternately, and the ratio is taken of each pair. Wall-clock seconds,
median; every start has an empty data folder of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from statistics import median

OURS = Path(sys.executable).with_name("callcoach")
GIVE_UP_S = 60.0
ASK_EVERY_S = 0.01


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--vs", type=Path, help="another callcoach to compare with")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    programs = [OURS, *([options.vs] if options.vs else [])]
    figures = {}
    for name, start in STARTS.items():
        took = figures[name] = _paired(start, programs, options.runs)
        said = "  ".join(f"{median(times):.3f} s ({min(times):.3f} to {max(times):.3f})" for times in took)
        ratio = f"  ratio {median(a / b for a, b in zip(*took, strict=True)):.2f}" if len(took) > 1 else ""
        print(f"{name:12} {said}{ratio}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures), encoding="utf-8")
    return 0


def _paired(start: Callable[[Path], float], programs: list[Path], runs: int) -> list[list[float]]:
    for program in programs:
        start(program)  # warms the disk cache
    took: list[list[float]] = [[] for _ in programs]
    for _ in range(runs):
        for times, program in zip(took, programs, strict=True):
            times.append(start(program))
    return took


def _until_exit(*arguments: str) -> Callable[[Path], float]:
    def start(program: Path) -> float:
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            subprocess.run([program, *arguments], env=_environ(folder), stdout=subprocess.DEVNULL, check=True)
            return time.perf_counter() - began

    return start


def _until_healthy(program: Path) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        command = [program, "serve", "--port", str(port)]
        with subprocess.Popen(command, env=_environ(folder), stdout=subprocess.DEVNULL) as server:
            try:
                while not _answers(port):
                    if time.perf_counter() - began > GIVE_UP_S or server.poll() is not None:
                        raise SystemExit(f"{program} serve did not answer")
                    time.sleep(ASK_EVERY_S)
                return time.perf_counter() - began
            finally:
                server.terminate()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _environ(folder: str) -> dict[str, str]:
    return {**os.environ, "CALLCOACH_DATA": str(Path(folder) / "data")}


STARTS: dict[str, Callable[[Path], float]] = {
    "--version": _until_exit("--version"),
    "rules list": _until_exit("rules", "list"),
    "serve": _until_healthy,
}

if __name__ == "__main__":
    sys.exit(main())
