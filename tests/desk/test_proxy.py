"""The proxies between the desks of the tests and their centre."""

from __future__ import annotations

import socket
import struct

import pytest

from tests.desk.cutting import CuttingProxy
from tests.proxy import Proxy
from tests.waiting import LIMIT_S

AT_ONCE = struct.pack("ii", 1, 0)


@pytest.mark.parametrize("kind", [Proxy, CuttingProxy])
def test_that_a_killed_centre_is_gone_is_passed_on(kind: type[Proxy]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as centre:
        proxy = kind(lambda: socket.create_connection(centre.getsockname()))
        with socket.create_connection(("127.0.0.1", proxy.port)) as desk:
            desk.settimeout(LIMIT_S)
            desk.sendall(b"GET /ws/desk HTTP/1.1\r\n\r\n")
            line, _ = centre.accept()
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)  # what was not read is answered by a reset
            line.close()
            assert desk.recv(1) == b""
        proxy.close()
