"""What makes this machine a desk: where its centre is, its token, and by which certificate it knows the centre.

Address, name and fingerprint stand in [desk] of callcoach.toml; token, certificate and a number of this installation
are files of the data folder that are their owner's alone.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pipeline.desk.centre_address import CentreAddress
from pipeline.errors import SettingsError
from pipeline.private import private_file, private_folder
from pipeline.quantities import OneLine, within

SECTION = "desk"
TOKEN, CERTIFICATE, INSTALLATION = "desk-token", "desk-centre.pem", "desk-installation"  # in the data folder
TOKEN_VARIABLE = "CALLCOACH_DESK_TOKEN"
_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)  # X509_V_FLAG_NO_CHECK_TIME, which the module has no name for
_ENROL = "`callcoach desk enrol ADDRESS CODE`"


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """Of a machine that is a desk of a centre. `callcoach desk enrol` writes them, `desk leave` takes them out."""

    server: OneLine = ""  # address of the centre; empty: this is no desk
    id: OneLine = ""  # by which the centre knows this machine
    name: OneLine = ""  # what it is called there
    fingerprint: OneLine = ""  # SHA-256 of the centre's certificate; empty: the system's authorities know it
    keep_hours: Annotated[int, within(1, 8_760)] = 24  # then what the centre has whole goes from this machine


@dataclass(frozen=True, slots=True)
class DeskCredentials:
    """`context`: None where the centre is on this machine, without TLS."""

    address: CentreAddress
    name: str
    token: str = field(repr=False)
    installation: str
    context: ssl.SSLContext | None


def credentials(settings: DeskSettings, folder: Path, environ: Mapping[str, str] = os.environ) -> DeskCredentials:
    """Raises SettingsError, which says what to do, where this machine is no desk or its files are no good."""
    if not settings.server:
        raise SettingsError(f"this machine is no desk of any centre: {_ENROL}, with a code from /admin of the centre")
    address = CentreAddress.of(settings.server)
    token = environ.get(TOKEN_VARIABLE, "").strip() or _read(folder / TOKEN, "its token")
    return DeskCredentials(address, settings.name, token, installation(folder), ssl_context(settings, folder))


def ssl_context(settings: DeskSettings, folder: Path) -> ssl.SSLContext | None:
    """Whom TLS with the centre believes: the pinned certificate alone, else the system's authorities.

    None without TLS. Raises SettingsError.
    """
    if not CentreAddress.of(settings.server).has_tls:
        return None
    if not settings.fingerprint:
        return ssl.create_default_context()
    file = folder / CERTIFICATE
    pem = _read(file, "the centre's certificate")
    try:
        if fingerprint_of(ssl.PEM_cert_to_DER_cert(pem)) != settings.fingerprint:
            raise SettingsError(f"{file} is another certificate than the fingerprint in [desk] says: {_ENROL} again")
        return pinned(pem)
    except ValueError as error:  # ssl.SSLError is one of OSError
        raise SettingsError(f"{file} is no certificate: {error}; {_ENROL} again") from None


def pinned(pem: str) -> ssl.SSLContext:
    """Believes this one certificate, whatever name it has and whatever day this machine's clock says it is.

    It was compared with what the centre itself said of it, so neither tells more; and a machine whose clock stands at
    1970 is to reach its centre, which tells it the time.
    """
    context = ssl.create_default_context(cadata=pem)
    context.check_hostname = False
    context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT  # of Python 3.13: what authorities owe, not this one
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME
    return context


def fingerprint_of(certificate: bytes) -> str:
    return hashlib.sha256(certificate).hexdigest()


def installation(folder: Path) -> str:
    """The random number of callcoach on this machine, made where there is none. Raises SettingsError."""
    file = folder / INSTALLATION
    if not file.exists():
        write_private(file, secrets.token_hex(16))
    return _read(file, "the number of this installation")


def write_private(file: Path, text: str) -> None:
    """Whole or not at all, and its owner's alone from the first byte on. Raises SettingsError."""
    aside = file.with_name(f".{file.name}-{secrets.token_hex(8)}")
    try:
        private_folder(file.parent)
        private_file(aside)
        aside.write_text(text.strip() + "\n", encoding="ascii")
        aside.replace(file)
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}") from error
    finally:
        aside.unlink(missing_ok=True)


def _read(file: Path, what: str) -> str:
    try:
        text = file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise SettingsError(f"{what} is missing, {file}: {_ENROL} makes this machine a desk again") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{what}, {file}, cannot be read: {error}") from error
    if not text:
        raise SettingsError(f"{what} is missing, {file} is empty: {_ENROL} makes this machine a desk again")
    return text
