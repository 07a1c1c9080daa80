"""A centre as `callcoach serve` in a process of its own, killed without a warning and started again on its port."""

from __future__ import annotations

import http.client
import os
import socket
import urllib.error
from pathlib import Path
from typing import Any

from pipeline.people.entrance import LinkPurpose, Origin
from pipeline.people.permissions import MachineRole
from pipeline.session.recordings import FolderRecordings
from tests.desk.places import Enrolled, enrolled
from tests.live.team import PASSWORD, Process
from tests.server.conftest import Centre
from tests.waiting import LIMIT_S

_OF_TESTS = ("CALLCOACH_PROOF", "CALLCOACH_SEED")


class KilledCentre:
    """As a ServedCentre. `here`: its people and what it has kept, by its database."""

    def __init__(self, folder: Path) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(_OF_TESTS)}
        self._process = Process(folder, {**environ, "CALLCOACH_ASR__MODEL": "demo"})
        self.here = Centre(folder)
        self.recordings = FolderRecordings(folder / "recordings")
        self.telephone, _ = self.here.registry.tokens.add("pbx", MachineRole.TELEPHONE)
        self.start()

    @property
    def port(self) -> int:
        return self._process.port

    @property
    def url(self) -> str:
        return self._process.url

    def start(self) -> None:
        self._process.start("serve")

    def stop(self) -> None:
        self._process.end()

    def kill(self) -> None:
        self._process.process.kill()
        self._process.process.wait(LIMIT_S)

    def close(self) -> None:
        self.kill()
        self.here.store.close()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port))

    def tell(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """By the telephone system; 0 where the centre is not there."""
        try:
            return self._process.ask(method, path, self.telephone, body)
        except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError):
            return 0, None

    def enrol(self, name: str, agent_id: str, installation: str = "") -> Enrolled:
        """As of ServedCentre; the agent has a password, and is called a and the agent id."""
        found = enrolled(self.here.registry, name, agent_id, installation)
        accounts = self.here.registry.accounts
        user = self.here.person(f"a{agent_id}")
        accounts.use(accounts.make_link(LinkPurpose.INVITE, user.id)[0], PASSWORD, Origin("127.0.0.1"))
        return found
