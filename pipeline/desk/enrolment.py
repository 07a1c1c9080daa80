"""Making this machine a desk, with a code; asking the centre what it knows of it; and leaving.

Where the code has a check of the certificate, this is compared before anything of the code is sent: whoever sits in
between, with a certificate of their own, learns nothing. Each connection has a deadline, and none goes by a proxy.
"""

from __future__ import annotations

import json
import platform
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from importlib.metadata import version
from pathlib import Path

from pipeline.desk.centre_address import CentreAddress
from pipeline.desk.credentials import (
    CERTIFICATE,
    TOKEN,
    DeskCredentials,
    DeskSettings,
    fingerprint_of,
    installation,
    pinned,
    write_private,
)
from pipeline.errors import CallcoachError
from pipeline.people.desk_code import TypedCode, as_typed, check_of
from pipeline.printable import printable

ANSWER_S = 10.0
_ANSWER_BYTES = 64 * 1024
_LONGEST_TOLD = 300


class CentreRefused(CallcoachError):
    """The centre cannot be reached, is not the one it should be, or does not want this machine."""


class TokenRefused(CentreRefused):
    """The centre does not know this machine's token, or no longer."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """`pem`: the certificate to know the centre by; None where the system's authorities know it, or without TLS."""

    settings: DeskSettings
    token: str = field(repr=False)
    centre: str
    pem: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the centre says of this machine. `ahead_ms`: this machine's clock before the centre's."""

    name: str
    centre: str
    version: str
    program: str
    round_trip_ms: float
    ahead_ms: float


def enrol(url: str, code: str, name: str, folder: Path) -> Enrolment:
    """Asks the centre for a token of this machine; nothing is kept yet. Raises CentreRefused, SettingsError."""
    address, typed = CentreAddress.of(url), as_typed(code)
    if typed is None:
        raise CentreRefused("this is no code: it looks like ABCD-EFGH or ABCD-EFGH-JKLM-NPQR, as /admin shows it")
    context, pem = _believed(address, typed)
    told = {
        "code": typed.secret, "name": name, "installation": installation(folder), "machine": machine(),
        "program": program(),
    }  # fmt: skip
    answer = _ask(address, context, "POST", "/api/desks/enrol", told)
    token = answer.get("token")
    if not isinstance(token, str):
        raise CentreRefused(f"what answers at {address.url} is no centre of callcoach")
    fingerprint = fingerprint_of(ssl.PEM_cert_to_DER_cert(pem)) if pem is not None else ""
    settings = DeskSettings(address.url, str(answer.get("desk_id", "")), str(answer.get("name", name)), fingerprint)
    return Enrolment(settings, token, str(answer.get("centre", "")), pem)


def keep_files(enrolment: Enrolment, folder: Path) -> None:
    """Raises SettingsError."""
    write_private(folder / TOKEN, enrolment.token)
    if enrolment.pem is not None:
        write_private(folder / CERTIFICATE, enrolment.pem)
    else:
        (folder / CERTIFICATE).unlink(missing_ok=True)


def forget_files(folder: Path) -> None:
    """The number of the installation stays: it is no secret, and by it the machine is known if it comes again."""
    for name in (TOKEN, CERTIFICATE):
        (folder / name).unlink(missing_ok=True)


def look(known: DeskCredentials) -> Known:
    """Asks what the centre knows of this machine. Raises CentreRefused, TokenRefused."""
    begun, asked_ms = time.monotonic(), time.time() * 1000
    told = _ask(known.address, known.context, "GET", "/api/desks/self", token=known.token)
    took_ms = (time.monotonic() - begun) * 1000
    try:
        ahead_ms = asked_ms + took_ms / 2 - float(str(told["clock_ms"]))
        name, centre, spoken, running = (str(told[name]) for name in ("name", "centre", "version", "program"))
        return Known(name, centre, spoken, running, took_ms, ahead_ms)
    except (KeyError, ValueError):
        raise CentreRefused(f"what answers at {known.address.url} is no centre that knows desks") from None


def leave(known: DeskCredentials) -> None:
    """The token holds no longer. Raises CentreRefused; TokenRefused where it did not hold any more."""
    _ask(known.address, known.context, "DELETE", "/api/desks/self", token=known.token)


def machine() -> str:
    return printable(f"{platform.node()} · {platform.system()} {platform.release()}")[:200]


def program() -> str:
    return f"callcoach {version('callcoach')}"


def _believed(address: CentreAddress, typed: TypedCode) -> tuple[ssl.SSLContext | None, str | None]:
    """The context to enrol with, and the certificate that is pinned from then on.

    A certificate that fits its check is pinned only where the system's authorities do not know it: theirs are renewed
    every few weeks, and that is to cut nobody off.
    """
    if not address.has_tls:
        if typed.check:
            raise CentreRefused("this code is of a centre with TLS: its address begins with https://")
        return None, None
    system = ssl.create_default_context()
    if not typed.check:
        return system, None
    certificate = _shown_certificate(address)
    if check_of(typed.secret, certificate) != typed.check:
        raise CentreRefused(
            f"the certificate of {address.place} is not the one this code was made for: another machine answers there,"
            " or the code has a typing error. Nothing was sent; have a new code made on /admin"
        )
    pem = ssl.DER_cert_to_PEM_cert(certificate)
    return (system, None) if _is_known(address, system) else (pinned(pem), pem)


def _shown_certificate(address: CentreAddress) -> bytes:
    """DER. Nothing is sent besides the handshake."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((address.host, address.port), ANSWER_S) as plain,
            context.wrap_socket(plain, server_hostname=address.host) as secured,
        ):
            return secured.getpeercert(binary_form=True) or b""
    except OSError as error:
        raise CentreRefused(f"{address.url} cannot be reached: {_why(error)}") from None


def _is_known(address: CentreAddress, system: ssl.SSLContext) -> bool:
    try:
        with (
            socket.create_connection((address.host, address.port), ANSWER_S) as plain,
            system.wrap_socket(plain, server_hostname=address.host),
        ):
            return True
    except OSError:
        return False


def _ask(
    address: CentreAddress,
    context: ssl.SSLContext | None,
    method: str,
    path: str,
    body: Mapping[str, str] | None = None,
    token: str = "",
) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    connection = (
        HTTPSConnection(address.host, address.port, timeout=ANSWER_S, context=context)
        if context is not None
        else HTTPConnection(address.host, address.port, timeout=ANSWER_S)
    )
    with closing(connection):
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            content = answer.read(_ANSWER_BYTES)
        except ssl.SSLCertVerificationError as error:
            raise CentreRefused(_certificate_told(address, context, error)) from None
        except (OSError, HTTPException, ValueError) as error:
            raise CentreRefused(f"{address.url} cannot be reached: {_why(error)}") from None
    told = _object(content)
    if answer.status == 401 and token:
        raise TokenRefused(
            f"{address.url} does not know this machine's token: it was revoked, or the machine was enrolled again."
            " Calls go on and are kept here; `callcoach desk enrol` with a new code delivers them"
        )
    if answer.status >= 300:
        why = printable(str(told.get("detail") or f"status {answer.status}"))[:_LONGEST_TOLD]
        raise CentreRefused(f"{address.url} refuses: {why}")
    return told


def _certificate_told(
    address: CentreAddress, context: ssl.SSLContext | None, error: ssl.SSLCertVerificationError
) -> str:
    if context is not None and not context.check_hostname:
        return (
            f"{address.url} shows another certificate than at the enrolment: if it was renewed, enrol this machine"
            " again with a new code; if nobody knows of that, somebody may sit in between. Nothing was sent"
        )
    return f"the certificate of {address.url} is not believed: {error.verify_message}. Nothing was sent"


def _why(error: BaseException) -> str:
    return printable(str(getattr(error, "strerror", None) or error) or type(error).__name__)


def _object(content: bytes) -> dict[str, object]:
    try:
        told = json.loads(content) if content else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
