"""A centre and a desk of it in processes of their own, with a network in between that the test takes away."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import Request, build_opener

from pipeline.events.record import Event
from pipeline.people.accounts import Accounts
from pipeline.people.desks import Desks
from pipeline.people.directory import Directory, UserFields
from pipeline.people.entrance import LinkPurpose, Origin
from pipeline.people.permissions import MachineRole, Role
from pipeline.people.person import EVERY_TEAM
from pipeline.people.tokens import Tokens
from pipeline.store.desks import SqlDesks
from pipeline.store.people import SqlPeople
from pipeline.store.sql import SqlStore
from tests.live.pulse import FAR, MIC, Pulse
from tests.ports import free_port
from tests.proxy import Proxy
from tests.sound import UNHURRIED
from tests.waiting import LIMIT_S, wait_until

CALLCOACH = str(Path(sys.executable).parent / "callcoach")
PASSWORD = "qing feng ming yue 9"
PEOPLE = (
    UserFields("zheng", "Zheng", Role.ADMIN), UserFields("zhou", "Zhou", Role.QA, assigned=(EVERY_TEAM,)),
    UserFields("lin", "Lin", Role.AGENT, agent_id="1042"), UserFields("zhao", "Zhao", Role.AGENT, agent_id="1031"),
)  # fmt: skip


class Process:
    """`callcoach` with these arguments, in a data folder of its own; what it prints is in `log`."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.environ = {**environ, **UNHURRIED, "CALLCOACH_DATA": str(folder), "HOME": str(folder)}
        self.log = folder / "log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def run(self, *told: str, input: str | None = None) -> str:
        ran = subprocess.run(
            [CALLCOACH, *told], env=self.environ, input=input, capture_output=True, text=True, timeout=LIMIT_S
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def start(self, *told: str) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [CALLCOACH, *told, "--port", str(self.port)], env=self.environ, stdout=log, stderr=log
            )
        wait_until(self._answers)

    def end(self, within_s: float = LIMIT_S) -> str:
        """By Ctrl-C; what it had printed until it was over."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.log.read_text(encoding="utf-8")

    def ask(self, method: str, path: str, token: str, body: Any = None) -> tuple[int, Any]:
        data = json.dumps(body).encode() if body is not None else None
        request = Request(self.url + path, data, {"Authorization": f"Bearer {token}"}, method=method)
        try:
            with build_opener().open(request, timeout=LIMIT_S) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or "null")

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
        try:
            build_opener().open(f"{self.url}/api/session", timeout=LIMIT_S).close()
        except (urllib.error.URLError, ConnectionError):
            return False
        return True


class Team:
    """`centre` with an administrator, QA and two agents; `desk` reaches it through `network` alone.

    `others`: more desks, at the same headset, each enrolled with a code of its own.
    """

    def __init__(
        self, pulse: Pulse, folder: Path, people: Sequence[UserFields] = PEOPLE, team: str = "", others: int = 0
    ) -> None:
        self.centre = Process(folder / "centre", {**os.environ, "CALLCOACH_ASR__MODEL": "demo"})
        store = SqlStore(folder / "centre" / "calls.db")
        keeping = SqlPeople(store.database)
        directory, accounts, tokens = Directory(keeping), Accounts(keeping), Tokens(keeping)
        if team:
            directory.add_team(team, team)
        for fields in people:
            user = directory.add(fields)
            accounts.use(accounts.make_link(LinkPurpose.INVITE, user.id)[0], PASSWORD, Origin("127.0.0.1"))
        self.reader = tokens.add("reader", MachineRole.RECORDS)[0]
        self.telephone = tokens.add("pbx", MachineRole.TELEPHONE)[0]
        desks = Desks(SqlDesks(store.database), tokens)
        codes = [desks.make_code(None)[0] for _ in range(others)]
        store.close()
        self.centre.start("serve")
        self.network = Proxy(lambda: socket.create_connection(("127.0.0.1", self.centre.port)))
        self.address = f"http://127.0.0.1:{self.network.port}"
        config = folder / "callcoach.toml"
        config.write_text(f'[capture]\nmic = "{MIC}"\nfar = "{FAR}"\n', encoding="utf-8")
        environ = {**pulse.environ, "CALLCOACH_CONFIG": str(config)}
        self.desk = Process(folder / "desk", environ)
        self.others = [Process(folder / f"desk-{number}", environ) for number in range(2, 2 + others)]
        for number, (desk, code) in enumerate(zip(self.others, codes, strict=True), start=2):
            desk.run("desk", "enrol", self.address, code, "--name", f"desk {number}", "--no-autostart")

    def records(self, at: Process, call_id: str) -> list[Event]:
        """As the database of the desk, or of the centre, has them."""
        with closing(SqlStore(at.folder / "calls.db")) as store:
            return [record.event for record in store.read(call_id)]

    def enrol(self, code: str) -> None:
        self.desk.run("desk", "enrol", self.address, code, "--name", "desk one", "--no-autostart")

    def close(self) -> None:
        for one in (self.desk, *self.others, self.centre):
            process = getattr(one, "process", None)
            if process is not None and process.poll() is None:
                process.kill()
                process.wait(LIMIT_S)
        self.network.close()
