"""A PostgreSQL server of the tests' own: in a folder of its own, as a user without rights.

It is reached by a socket in that folder: a port that is free now may be another's a moment later.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text

from pipeline.store.postgres import address_of, prepare_database

OWNER, PROGRAM = "callcoach_owner", "callcoach"
LIMIT_S = 60


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, the newest there is; None where PostgreSQL is not installed."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not found and (elsewhere := shutil.which("initdb")):
        found = [Path(elsewhere).resolve().parent]
    return max(found, key=lambda path: int("".join(filter(str.isdigit, path.parent.name)) or 0), default=None)


@dataclass
class Server:
    folder: Path
    programs: Path
    user: str | None  # for a root that may not run it itself
    is_synced: bool = False  # as in earnest: a commit waits for the disk
    disk_ms: int = 0  # that each sync takes longer
    _numbers: Iterator[int] = field(default_factory=count)

    def address(self, database: str = "callcoach", role: str = PROGRAM) -> URL:
        return address_of(f"postgresql://{role}@/{database}?host={self.folder}")

    def start(self) -> None:
        fsync = "on" if self.is_synced else "off"
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync={fsync}"
        options += " -c wal_writer_delay=10s"  # what nobody waits for does not reach the disk by itself before a crash
        if self.disk_ms:
            options += f" -c commit_delay={self.disk_ms * 1000} -c commit_siblings=0"
        self._run("pg_ctl", "-D", "data", "-l", "log", "-w", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", "data", "-w", "-m", mode, "stop")

    def signal(self, number: int) -> None:
        """To all of its processes."""
        main = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for process in (main, *map(int, children)):
            with suppress(ProcessLookupError):  # one that has just ended, as those that clean up do
                os.kill(process, number)

    def new_database(self) -> str:
        """The name of one with all tables and nothing in them."""
        name = f"callcoach_{next(self._numbers)}"
        self._ask(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8'")
        prepare_database(self.address(name, OWNER), PROGRAM)
        return name

    def former_database(self, dump: str) -> str:
        """The name of one as `pg_dump` wrote it, brought up to date."""
        name = f"callcoach_{next(self._numbers)}"
        self._ask(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8'")
        engine = create_engine(self.address(name, "postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(dump)
        engine.dispose()
        prepare_database(self.address(name, OWNER), PROGRAM)
        return name

    def set_up(self) -> None:
        self._run(
            "initdb", "-D", "data", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"
        )
        self.start()
        for role in (OWNER, PROGRAM):
            self._ask(f"CREATE ROLE {role} LOGIN")

    def _ask(self, statement: str) -> None:
        engine = create_engine(self.address("postgres", "postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.programs / program, *arguments], cwd=self.folder, user=self.user, timeout=LIMIT_S, check=True,
            stdout=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )  # fmt: skip


@contextmanager
def server(is_synced: bool = False, disk_ms: int = 0) -> Iterator[Server]:
    """Skips where PostgreSQL is not installed; `make setup` installs it."""
    folder_of_programs = programs()
    if folder_of_programs is None:
        pytest.skip("PostgreSQL is not installed (`make setup` does that)")
    folder = Path(tempfile.mkdtemp(prefix="callcoach-postgres-"))
    user = None
    if os.geteuid() == 0:
        user = next((name for name in ("postgres", "nobody") if _is_there(name)), None)
        shutil.chown(folder, user)
    made = Server(folder, folder_of_programs, user, is_synced, disk_ms)
    try:
        made.set_up()
        yield made
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            made.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def _is_there(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
