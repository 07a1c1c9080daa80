"""What the operating system and other programs can refuse a real database: room, and the lock."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from pipeline.errors import StoreError
from pipeline.events.faults import StageBack, StageFailed
from pipeline.session.buses import NoBus
from pipeline.store.sql import SqlStore
from tests.server.conftest import Call, hint, started, turn
from tests.writing import add

ROOT = Path(__file__).parents[2]


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """The kernel refuses every write beyond a size, as on a full disk; the hints go on, and later all is kept."""
    program = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        from pipeline.events.call import CallEnded
        from pipeline.events.faults import StageBack, StageFailed
        from pipeline.events.hints import HintRaised
        from pipeline.session.sessions import Sessions
        from pipeline.store.sql import SqlStore
        from tests.server.conftest import Call, hint, started
        from tests.server.test_run import Bus

        store, bus, running = SqlStore(Path(sys.argv[1])), Bus(), Sessions()
        call = Call("a", store, bus, running)
        call.feed([started("a")])
        log = Path(sys.argv[1] + "-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (log + 20_000, resource.RLIM_INFINITY))
        for n in range(1, 401):
            call.feed([hint(n * 20, n)])
        assert sum(isinstance(e, HintRaised) for e in bus.events) == 400
        assert [e.stage for e in bus.events if isinstance(e, StageFailed)] == ["store"]
        assert len(running.unkept("a")) > 300
        assert running.unkept("a")[0].seq == len(store.read("a")) + 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        for n in range(401, 501):
            call.feed([hint(n * 20, n)])
        call.feed([CallEnded(10_020, "finished")])
        call.end()
        assert [e.stage for e in bus.events if isinstance(e, StageBack)] == ["store"]
        assert running.unkept("a") == []
        assert store.read("a") == call.records
        print(len(call.records))
    """)
    path = tmp_path / "calls.db"
    ran = subprocess.run(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "504"  # 500 hints, begin and end of the call, StageFailed and StageBack
    assert [r.seq for r in SqlStore(path).read("a")] == list(range(1, 505))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("is_new", [True, False])
def test_a_locked_database_does_not_hold_up_the_call(
    tmp_path: Path, is_new: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqlStore(tmp_path / "calls.db")
    call = Call("a", store, NoBus())
    if not is_new:
        call.feed([started("a")])
    first = "own" if is_new else "append"  # a call is taken before its first record is written
    tries, refused = list[float](), getattr(store, first)

    def tried(*given: Any, **more: Any) -> Any:
        began_s = perf_counter()
        try:
            return refused(*given, **more)
        finally:
            tries.append(perf_counter() - began_s)

    monkeypatch.setattr(store, first, tried)
    with locked(store.database.path):
        for n in range(1, 151):
            call.feed([hint(n * 20, n)])
        assert 3 <= len(tries) <= 4  # in 3 s of audio time
    assert min(tries) < 0.3  # the slowest may have had to wait for a processor
    for n in range(151, 251):
        call.feed([hint(n * 20, n)])
    assert [type(r.event) for r in call.records if isinstance(r.event, StageFailed | StageBack)] == [
        StageFailed,
        StageBack,
    ]
    assert store.read("a") == call.records


def test_whoever_reads_need_not_wait_at_all(tmp_path: Path) -> None:
    store = SqlStore(tmp_path / "calls.db")
    add(store, "a", [turn(20)])
    with locked(store.database.path):
        with pytest.raises(StoreError, match=r"calls\.db cannot be written: .*locked") as refused:
            add(store, "a", [turn(40)])
        assert refused.value.cause == "locked"
        assert len(store.read("a")) == 1
