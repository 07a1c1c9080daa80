"""The process that makes a call of one recording which somebody dropped on the page (`server/import_queue.py`)."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from pipeline.audio.sources.files.recording import likely_ms
from pipeline.cli.recordings import Recording
from pipeline.cli.scoring import ScoreOptions, Scorer, end_with_parent
from pipeline.errors import AudioError, CallcoachError, StoreError
from pipeline.server.import_jobs import MB, ImportSettings, Reason, Upload

_LONGEST_DETAIL = 500  # characters


def work(options: ScoreOptions, limits: ImportSettings, upload: Upload, told: Connection) -> None:
    """As import_queue.Work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends it
    end_with_parent()
    limit(limits)
    try:
        answer = _stored(options, upload, told)
    except MemoryError:
        answer = _refusal("memory", f"reading it takes more than {limits.memory_mb} MB")
    except AudioError as error:
        answer = _refusal("cut_off" if "truncated" in str(error) else "unreadable", _without_path(error, upload))
    except StoreError as error:
        answer = _not_kept(error, upload)
    except CallcoachError as error:
        answer = _refusal("failed", _without_path(error, upload))
    except Exception as error:
        answer = _refusal("failed", f"{type(error).__name__}: {error}")
    told.send_bytes(json.dumps(answer).encode())


def limit(limits: ImportSettings) -> None:
    """Of this process, for good. Windows knows no such limits; there only the deadline ends it."""
    with suppress(OSError, AttributeError):
        os.nice(19)
    if sys.platform == "win32":
        return
    import resource

    for which, most in ((resource.RLIMIT_AS, limits.memory_mb * MB), (resource.RLIMIT_CPU, limits.longest_s)):
        with suppress(ValueError, OSError):  # a lower one is set already, or the system has none
            resource.setrlimit(which, (most, most + 5 if which == resource.RLIMIT_CPU else most))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _stored(options: ScoreOptions, upload: Upload, told: Connection) -> dict[str, object]:
    recording = Recording(
        upload.path, agent_channel=upload.agent_channel, facts=upload.facts, started_at=upload.started_at,
        name=upload.name, call_id=upload.id,
    )  # fmt: skip
    whole_ms, done_ms = max(likely_ms(upload.path), 1), 0

    def tick(ms: int) -> None:
        nonlocal done_ms
        done_ms += ms
        told.send_bytes(json.dumps({"share": min(done_ms / whole_ms, 1.0)}).encode())

    result = Scorer(options).result(recording, tick)
    is_known = "duration_ms" not in result
    return {"call_id": result["call_id"], "is_known": is_known, "figures": None if is_known else _figures(result)}


def _figures(result: dict[str, Any]) -> dict[str, object]:
    """As import_jobs.Figures."""
    card = result["score"] or {}
    return {
        "score": card.get("total"),
        "assessed_share": card["assessed"] / card["offered"] if card.get("offered") else None,
        "to_confirm": card.get("to_confirm") or 0,
        "is_mixed": result["channels"] == ["mixed"],
    }


def _not_kept(error: StoreError, upload: Upload) -> dict[str, object]:
    """The call that was deleted may have been another team's: its id is nothing for who drops a recording."""
    if error.cause == "deleted":
        return _refusal("deleted", "it was stored before, and its call was deleted: it is not stored again")
    return _refusal("taken" if error.cause == "taken" else "store", _without_path(error, upload))


def _refusal(reason: Reason, detail: str) -> dict[str, object]:
    return {"reason": reason, "detail": detail[:_LONGEST_DETAIL]}


def _without_path(error: CallcoachError, upload: Upload) -> str:
    return str(error).replace(f"{upload.path}: ", "").replace(str(upload.path), "it")
