"""What stands in for a worker: it imports little, as each file has a process of its own."""

from __future__ import annotations

import json
import os
import signal
from multiprocessing.connection import Connection
from resource import RLIMIT_AS, RLIMIT_CPU, setrlimit

from pipeline.server.import_jobs import Upload


def answers(upload: Upload, told: Connection) -> None:
    """As a worker, by what is in the file."""
    said = upload.path.read_text()
    if said == "dies":
        os.kill(os.getpid(), 9)
    if said == "hangs":
        told.send_bytes(json.dumps({"share": 0.25}).encode())
        signal.pause()
    if said == "spins":
        setrlimit(RLIMIT_CPU, (1, 6))
        while True:
            pass
    if said == "bomb":
        setrlimit(RLIMIT_AS, (300_000_000, 300_000_000))
        try:
            bytearray(1 << 30)
        except MemoryError:
            told.send_bytes(json.dumps({"reason": "memory", "detail": "too much"}).encode())
        return
    if said == "lies":
        told.send_bytes(json.dumps({"reason": "<script>", "detail": ["x"]}).encode())
        return
    figures = {"score": 1e9 if said == "boasts" else 81.9, "assessed_share": 0.96, "to_confirm": 1, "is_mixed": False}
    told.send_bytes(json.dumps({"call_id": upload.id, "is_known": False, "figures": figures}).encode())


def knows(upload: Upload, told: Connection) -> None:
    """As a worker to whom the recording is a call that is none of who dropped it."""
    told.send_bytes(json.dumps({"call_id": "call-of-b", "is_known": True, "figures": None}).encode())
