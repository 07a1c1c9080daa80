"""A machine and its centre, over real connections: whom it believes, what it sends to whom, and what it keeps."""

from __future__ import annotations

import os
import socket
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.desk.centre_address import CentreAddress
from pipeline.desk.credentials import CERTIFICATE, INSTALLATION, TOKEN, DeskCredentials, DeskSettings, credentials
from pipeline.desk.enrolment import (
    CentreRefused,
    Enrolment,
    TokenRefused,
    enrol,
    forget_files,
    keep_files,
    leave,
    look,
)
from pipeline.errors import SettingsError
from pipeline.server.serve import ServerSettings
from tests.desk.conftest import ANOTHER, WITH_TLS, Serve, Served, serving
from tests.server.conftest import Centre

PLAIN = ServerSettings()


def enrolled(served: Served, folder: Path, name: str = "front") -> tuple[Enrolment, DeskCredentials]:
    enrolment = enrol(served.url, served.code(), name, folder)
    keep_files(enrolment, folder)
    return enrolment, credentials(enrolment.settings, folder, {})


@pytest.mark.parametrize("settings", [WITH_TLS, ANOTHER, PLAIN])
def test_a_machine_is_enrolled_and_known(serve: Serve, folder: Path, settings: ServerSettings) -> None:
    """Also by a certificate of another name that is long over: the code says which one it is."""
    served = serve(settings)
    enrolment, known = enrolled(served, folder)
    assert (enrolment.pem is not None, len(enrolment.settings.fingerprint)) == (
        (True, 64) if settings.has_tls else (False, 0)
    )
    assert enrolment.settings.server == served.url
    told = look(known)
    assert (told.name, told.version) == ("front", "1.2")
    assert abs(told.ahead_ms) < 1_000
    assert 0 < told.round_trip_ms < 10_000
    (desk,) = served.centre.registry.desks.desks()
    assert desk.installation == known.installation
    assert enrolment.token not in repr(enrolment) + repr(known)


@pytest.mark.skipif(os.name == "nt", reason="Windows has rights of its own")
def test_what_is_kept_is_its_owners_alone(serve: Serve, folder: Path) -> None:
    before = os.umask(0)
    try:
        enrolled(serve(), folder)
    finally:
        os.umask(before)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert modes == dict.fromkeys((TOKEN, CERTIFICATE, INSTALLATION), 0o600)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_nothing_is_sent_to_whoever_sits_in_between(serve: Serve, folder: Path, tmp_path: Path) -> None:
    """They have a certificate of their own, and all that is said to them is written down."""
    code = serve().code()
    (tmp_path / "stranger").mkdir()
    stranger = Centre(tmp_path / "stranger")
    with serving(stranger, ANOTHER) as between, pytest.raises(CentreRefused, match="Nothing was sent"):
        enrol(between.url, code, "front", folder)
    assert stranger.audit.rows() == []  # not even a code that it does not know
    assert not (folder / TOKEN).exists()


def test_the_same_check_fits_no_other_code(serve: Serve, folder: Path) -> None:
    served = serve()
    first, second = served.code(), served.code()
    with pytest.raises(CentreRefused, match="not the one this code was made for"):
        enrol(served.url, first[:10] + second[10:], "front", folder)


def test_without_a_check_the_systems_authorities_judge(serve: Serve, folder: Path) -> None:
    served = serve()
    with pytest.raises(CentreRefused, match=r"is not believed: self.signed certificate. Nothing was sent"):
        enrol(served.url, served.code()[:9], "front", folder)
    assert served.deeds() == []


def test_what_the_systems_authorities_know_is_not_pinned(
    serve: Serve, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They renew it every few weeks."""
    monkeypatch.setenv("SSL_CERT_FILE", WITH_TLS.tls_cert)
    served = serve()
    enrolment, known = enrolled(served, folder)
    assert (enrolment.settings.fingerprint, (folder / CERTIFICATE).exists()) == ("", False)
    assert known.context is not None
    assert known.context.check_hostname
    assert look(known).name == "front"


def test_another_certificate_than_at_the_enrolment(serve: Serve, folder: Path, tmp_path: Path) -> None:
    served = serve()
    _, known = enrolled(served, folder)
    with serving(served.centre, ANOTHER) as renewed:
        moved = replace(known, address=CentreAddress.of(renewed.url))
        with pytest.raises(CentreRefused, match="another certificate than at the enrolment.*Nothing was sent"):
            look(moved)
        _, known = enrolled(renewed, folder)  # the same machine, with a new code
        assert look(known).name == "front"


def test_a_certificate_that_is_another_than_the_settings_say(serve: Serve, folder: Path) -> None:
    enrolment, _ = enrolled(serve(), folder)
    (folder / CERTIFICATE).write_text(Path(ANOTHER.tls_cert).read_text())
    with pytest.raises(SettingsError, match="another certificate than the fingerprint"):
        credentials(enrolment.settings, folder, {})
    (folder / CERTIFICATE).write_text("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----")
    with pytest.raises(SettingsError, match="is no certificate"):
        credentials(enrolment.settings, folder, {})


def test_a_code_works_once_and_not_after_its_time(serve: Serve, folder: Path) -> None:
    served = serve()
    code = served.code()
    enrol(served.url, code, "front", folder)
    with pytest.raises(CentreRefused, match="was used, has expired, or never was"):
        enrol(served.url, code, "another", folder)
    late = served.code()
    served.centre.registry.desks._clock = lambda: 4e9  # in a hundred years
    with pytest.raises(CentreRefused, match="was used, has expired, or never was"):
        enrol(served.url, late, "another", folder)


def test_a_name_that_is_taken_leaves_the_code(serve: Serve, folder: Path, tmp_path: Path) -> None:
    served = serve()
    enrolled(served, folder)
    code, second = served.code(), tmp_path / "second machine"
    with pytest.raises(CentreRefused, match="there is a token front in use"):
        enrol(served.url, code, "front", second)
    assert enrol(served.url, code, "back", second).settings.name == "back"


def test_enrolled_again_and_revoked_and_left(serve: Serve, folder: Path) -> None:
    served = serve()
    _, first = enrolled(served, folder)
    _, second = enrolled(served, folder)
    with pytest.raises(TokenRefused, match="does not know this machine's token"):
        look(first)
    assert look(second).name == "front"
    leave(second)
    with pytest.raises(TokenRefused):
        leave(second)
    forget_files(folder)
    assert [file.name for file in folder.iterdir()] == [INSTALLATION]


@pytest.mark.parametrize(
    "url",
    ["http://coach.example.com", "http://192.0.2.7:8000", "ftp://127.0.0.1", "https://", "coach.example.com", "https://a/b",
     "https://a:b", "https://u:p@a", "http://localhost.example.com", "https://a?b", "https://[::1", "http://127.0.0.1@a"],
)  # fmt: skip
def test_what_is_no_address_or_would_go_in_the_clear(url: str, folder: Path) -> None:
    with pytest.raises(SettingsError, match="has no TLS|is no address"):
        enrol(url, "ABCD-EFGH", "front", folder)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("url", "bare", "of_socket"),
    [("https://coach.example.com/", "https://coach.example.com", "wss://coach.example.com/ws/desk"),
     ("https://[2001:db8::1]:8000", "https://[2001:db8::1]:8000", "wss://[2001:db8::1]:8000/ws/desk"),
     ("http://localhost:80", "http://localhost", "ws://localhost/ws/desk"),
     ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "ws://127.0.0.1:8000/ws/desk")],
)  # fmt: skip
def test_addresses(url: str, bare: str, of_socket: str) -> None:
    address = CentreAddress.of(url)
    assert (address.url, address.socket_url) == (bare, of_socket)


def test_a_code_with_a_check_is_of_https(serve: Serve, folder: Path) -> None:
    served = serve(PLAIN)
    with pytest.raises(CentreRefused, match="begins with https://"):
        enrol(served.url, "ABCD-EFGH-JKLM-NPQR", "front", folder)
    with pytest.raises(CentreRefused, match="this is no code"):
        enrol(served.url, "ABCD", "front", folder)


def test_nobody_there_and_somebody_else_there(serve: Serve, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def answer() -> None:
            for said in (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", b"\x00\x01", b""):
                with listening.accept()[0] as connection:
                    connection.recv(4_096)
                    connection.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(CentreRefused, match="is no centre of callcoach"):
            enrol(f"http://127.0.0.1:{port}", "ABCD-EFGH", "front", folder)
        for _ in range(2):
            with pytest.raises(CentreRefused, match="cannot be reached"):
                enrol(f"http://127.0.0.1:{port}", "ABCD-EFGH", "front", folder)
        thread.join()
    with pytest.raises(CentreRefused, match="cannot be reached: Connection refused"):
        enrol(f"https://127.0.0.1:{port}", "ABCD-EFGH-JKLM-NPQR", "front", folder)


def test_the_token_of_the_environment_comes_first(serve: Serve, folder: Path) -> None:
    enrolment, _ = enrolled(serve(PLAIN), folder)
    assert credentials(enrolment.settings, folder, {"CALLCOACH_DESK_TOKEN": "cc_desk_other"}).token == "cc_desk_other"
    (folder / TOKEN).unlink()
    with pytest.raises(SettingsError, match="its token is missing.*callcoach desk enrol"):
        credentials(enrolment.settings, folder, {})
    with pytest.raises(SettingsError, match="is no desk of any centre"):
        credentials(DeskSettings(), folder, {})


def test_guesses_from_here_are_slowed(serve: Serve, folder: Path) -> None:
    served = serve(PLAIN)
    for _ in range(20):
        with pytest.raises(CentreRefused, match="never was"):
            enrol(served.url, "ABCD-EFGH", "front", folder)
    with pytest.raises(CentreRefused, match="too many wrong codes"):
        enrol(served.url, served.code(), "front", folder)
