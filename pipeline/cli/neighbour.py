"""The callcoach that may run on this machine already, asked for its health; never by way of another machine."""

from __future__ import annotations

import json
import socket
import ssl
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.server.serve import ServerSettings

ANSWER_S = 2.0
_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class NotTrusted(Exception):
    """A server answers, with a certificate that nobody who is trusted has signed, or of another name."""


def trust(ca: Path | None) -> ssl.SSLContext:
    """Whom TLS is believed: the system's authorities, or those in the file `ca` (PEM) alone. Raises SettingsError."""
    try:
        return ssl.create_default_context(cafile=None if ca is None else str(ca))
    except OSError as error:  # ssl.SSLError is one
        raise SettingsError(f"--ca {ca}: no certificates can be read from it: {error.strerror or error}") from None


def health(server: ServerSettings, trusted: ssl.SSLContext) -> str | None:
    """What it says of itself; None where no callcoach answers. Raises NotTrusted."""
    host = _HERE.get(server.host, server.host)
    if not server.has_tls:
        return _told(HTTPConnection(host, server.port, timeout=ANSWER_S))
    fault = ""
    for name in (*server.names, host):
        try:
            return _told(_OfName(host, server.port, name, trusted))
        except ssl.SSLCertVerificationError as error:
            fault = error.verify_message
    raise NotTrusted(fault)


class _OfName(HTTPSConnection):
    """On this machine, while the certificate is that of the name by which others open the server."""

    def __init__(self, host: str, port: int, name: str, trusted: ssl.SSLContext) -> None:
        super().__init__(name, port, timeout=ANSWER_S)
        self._at = host
        self._trusted = trusted

    def connect(self) -> None:
        plain = socket.create_connection((self._at, self.port), ANSWER_S)
        try:
            self.sock = self._trusted.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def _told(connection: HTTPConnection) -> str | None:
    """Raises ssl.SSLCertVerificationError."""
    with closing(connection):
        try:
            connection.request("GET", "/api/health")
            told = json.load(connection.getresponse())
            return str(told.get("detail") or told["status"])
        except ssl.SSLCertVerificationError:
            raise
        except (OSError, HTTPException, ValueError, KeyError, AttributeError):
            return None
