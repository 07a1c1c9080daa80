"""Libraries that would speak to their makers, fetch by themselves or busy-wait are told not to, before one is loaded.

Every process passes here first, because the package imports this module: commands, workers, captures, benchmarks,
tests. What a process begins inherits it. docs/privacy.md says what was found, and how.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Over whatever the environment says: the promise is ours. None of these can be unsaid once its library is loaded.
_SILENT = {
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime from 1.29: asks for its maker's collector at every start, keeps an id
    "HF_HUB_OFFLINE": "1",  # tokenizers fetches a tokenizer that a model's folder lacks
    "HF_HUB_DISABLE_TELEMETRY": "1",  # the hub's client counts uses, and says which libraries there are
    "OTEL_SDK_DISABLED": "true",  # FastAPI sends every request to a collector that the environment names
    "DO_NOT_TRACK": "1",  # whoever else honours it
}
os.environ.update(_SILENT)

# numpy's products are of some twenty frames each: OpenBLAS's further threads only busy-wait.
if "OPENBLAS_NUM_THREADS" not in os.environ:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    if "numpy" in sys.modules:  # by a program that uses ours: it has read the variable already
        from threadpoolctl import threadpool_limits

        threadpool_limits(1, user_api="blas")


def let_the_hub_speak() -> None:
    """For `callcoach models get` alone, before the hub's client is loaded."""
    os.environ["HF_HUB_OFFLINE"] = "0"


def keep_caches_in(folder: Path) -> None:
    """What libraries would keep in the user's home is kept in `folder` instead. Makes nothing.

    A cookie of PulseAudio that is there already belongs to a server, which may want to see it.
    """
    os.environ.setdefault("MPLCONFIGDIR", str(folder.absolute() / "matplotlib"))
    configured = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    if not any(cookie.exists() for cookie in (configured / "pulse" / "cookie", Path.home() / ".pulse-cookie")):
        os.environ.setdefault("PULSE_COOKIE", str(folder.absolute() / "pulse-cookie"))
