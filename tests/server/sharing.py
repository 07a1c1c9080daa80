"""One of several servers on one database, in a process of its own: does what it is told line by line, and answers.

python -m tests.server.sharing ADDRESS FOLDER LEFT_MS    ADDRESS: of the database; FOLDER: of its data

`call ID N`: so many slices of a call, begun where it does not run; `end ID`; `exit`. The answer: records that wait.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

from pipeline.coach.rulebook.schema import Rulebook
from pipeline.errors import RulebookError
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnStarted
from pipeline.people.audit_heads import AuditSettings
from pipeline.server.process import ServerProcess, Shared
from pipeline.server.serve import ServerSettings
from pipeline.session.session import Session
from pipeline.store import leases
from pipeline.store.leases import LeaseSettings
from pipeline.store.opening import StoreSettings

QUICK = LeaseSettings(renew_ms=100, void_ms=1_000)
"""Void twenty times as soon as usual: so a minute's stop is three seconds here."""


def started(call_id: str) -> CallStarted:
    return CallStarted(
        0, call_id, "2026-11-27T09:00:00+08:00", (Channel.AGENT,), CallFacts(), "support-zh", "1", "abc", "none"
    )  # fmt: skip


def no_rulebook() -> Rulebook:
    raise RulebookError("no call of these tests is scored")


def tell(*words: object) -> None:
    """In one piece: threads tell at once, and `print` writes word by word."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main() -> None:
    address, folder = sys.argv[1], Path(sys.argv[2])
    settings = replace(QUICK, left_ms=int(sys.argv[3]))
    leases.LeaseSettings = lambda: settings  # type: ignore[assignment,misc]
    shared = Shared(audit=AuditSettings(str(folder / "heads")), store=StoreSettings(address, folder.name))
    process = ServerProcess.open(
        ServerSettings(port=0), folder / "calls.db", lambda line: tell("said", line), shared=shared
    )
    process.look_after(no_rulebook, process.consents(None))
    process.first_link()  # which is noted in the audit
    running: dict[str, Session] = {}
    tell("ready")
    for line in sys.stdin:
        command, *rest = line.split()
        if command == "exit":
            break
        call_id = rest[0]
        if call_id not in running:
            running[call_id] = process.sessions.begin(call_id, process.store, process.hub)
            running[call_id].outbox.feed([started(call_id)])
        outbox, slowest_s = running[call_id].outbox, 0.0
        for _ in range(int(rest[1]) if command == "call" else 0):
            before_s = time.monotonic()
            outbox.feed([TurnStarted(outbox.at_ms + 20, Channel.AGENT, outbox.at_ms + 20)])
            slowest_s = max(slowest_s, time.monotonic() - before_s)
        if command == "end":
            outbox.feed([CallEnded(outbox.at_ms + 20, "finished")])
            process.sessions.end(call_id)
        tell("waiting", outbox.count, outbox.is_lost, round(slowest_s, 3))
    process.aftercare.close()


if __name__ == "__main__":
    main()
