"""Whisper base and the natural voices, for the tests marked `weights`; fetched once, into the user's cache.

    python -m scripts.weights

Where they can't be had one line says why; those tests are skipped then, and nothing else depends on them.
"""

from __future__ import annotations

import sys
from contextlib import suppress

from pipeline.quiet import let_the_hub_speak

let_the_hub_speak()

from models import voices  # noqa: E402
from pipeline.asr.engine.catalogue import known  # noqa: E402
from pipeline.asr.engine.weights import locate  # noqa: E402
from pipeline.cli.fetching import fetch  # noqa: E402
from pipeline.errors import CallcoachError, ModelError  # noqa: E402
from pipeline.folders import models_folder  # noqa: E402


def main() -> int:
    try:
        voices.fetched(voices.folder())
        with suppress(ModelError):
            locate("base")
            return 0
        fetch("base", models_folder() / "base", known("base"))
    except CallcoachError as error:
        print(f"the tests marked weights are skipped: {error}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
