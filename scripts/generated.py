"""What every generator does with what it has made: writes the files, or with --check says which are stale."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path


def keep(wanted: Mapping[Path, str], usage: str | None) -> int:
    """The exit status: 1 when --check was given and a file is not what would be written. `usage` is for --help."""
    parser = argparse.ArgumentParser(description=usage, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    is_check = parser.parse_args().check
    stale = [path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if is_check and stale:
        print(f"{', '.join(map(str, stale))}: stale, run `make types`", file=sys.stderr)
        return 1
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
    return 0
