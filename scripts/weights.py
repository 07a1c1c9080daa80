"""Whisper base and the natural voices, for the tests marked `weights`; fetched once, into the user's cache.

    python -m scripts.weights

Where they can't be had one line says why; those tests are skipped then, and nothing else depends on them.
"""

from __future__ import annotations

import sys
from contextlib import suppress

from models import voices
from pipeline.asr.engine.catalogue import known
from pipeline.asr.engine.weights import locate
from pipeline.errors import CallcoachError, ModelError
from pipeline.folders import models_folder
from pipeline.quiet import let_the_hub_speak


def main() -> int:
    let_the_hub_speak()
    from pipeline.cli.fetching import fetch

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
