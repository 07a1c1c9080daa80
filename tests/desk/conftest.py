"""A centre that serves by TLS with a certificate of its own, one by plain http on loopback, and one without a port."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from pipeline.server.app import Site, create_app
from pipeline.server.serve import ServerSettings, address_of, bind, certificate_of, make_server
from pipeline.store.sql import SqlStore
from tests.desk.centre import Desk, FakeCentre
from tests.ingest.conftest import Office
from tests.people.conftest import Clock
from tests.server.conftest import Centre
from tests.waiting import LIMIT_S

TLS = Path(__file__).parents[1] / "server" / "tls"
WITH_TLS = ServerSettings(tls_cert=str(TLS / "cert.pem"), tls_key=str(TLS / "key.pem"))
ANOTHER = ServerSettings(tls_cert=str(TLS / "another-cert.pem"), tls_key=str(TLS / "another-key.pem"))
"""Of no name that anybody asks for, and over since 2020; its key is known to everybody."""


class Served:
    """`url`, and the codes of its administrator."""

    def __init__(self, centre: Centre, url: str, settings: ServerSettings) -> None:
        self.centre = centre
        self.url = url
        self._certificate = certificate_of(settings)

    def code(self) -> str:
        return self.centre.registry.desks.make_code(None, self._certificate)[0]

    def deeds(self) -> list[tuple[str, str]]:
        return [(row.action, row.outcome) for row in reversed(self.centre.audit.rows())]


@contextmanager
def serving(centre: Centre, settings: ServerSettings, port: int = 0) -> Iterator[Served]:
    site = Site(centre.dist, port=port, certificate=certificate_of(settings))
    app = create_app(centre.store, centre.hub, centre.running, centre.registry, site)
    ready = threading.Event()
    server = make_server(app, ready.set, settings)
    with bind("127.0.0.1", port) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            assert ready.wait(LIMIT_S)
            yield Served(centre, address_of(bound, settings), settings)
        finally:
            server.should_exit = True
            thread.join(LIMIT_S)


Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a centre; its data is what an earlier one of the test left."""
    centre = Centre(tmp_path)
    with ExitStack() as stack:
        yield lambda settings=WITH_TLS, port=0: stack.enter_context(serving(centre, settings, port))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of the machine."""
    return tmp_path / "machine"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(lambda: SqlStore(tmp_path / "centre.db"), Clock())
    office.add("lin", agent_id="1027", team="a")
    office.add("zhao", agent_id="1031", team="b")
    return office


@pytest.fixture
def centre(office: Office) -> FakeCentre:
    return FakeCentre(office)


@pytest.fixture
def desk(tmp_path: Path, centre: FakeCentre, office: Office) -> Desk:
    return Desk(tmp_path, centre, office.clock)
