"""Other machines: by TLS, by a named proxy, or not at all; and what a proxy that was not named may say."""

from __future__ import annotations

import ssl
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from pipeline.cli.neighbour import NotTrusted, health, trust
from pipeline.errors import SettingsError
from pipeline.server.serve import ServerSettings, address_of, bind, check_network, make_server
from tests.entering import Stays
from tests.server.conftest import Centre
from tests.waiting import LIMIT_S

CERT, KEY = (str(Path(__file__).parent / "tls" / name) for name in ("cert.pem", "key.pem"))
"""Of 127.0.0.1, signed by itself, good for a hundred years; its key is known to everybody."""


@contextmanager
def serving(centre: Centre, settings: ServerSettings) -> Iterator[str]:
    ready = threading.Event()
    server = make_server(centre.app, ready.set, settings)
    with bind("127.0.0.1", 0) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            assert ready.wait(LIMIT_S)
            yield address_of(bound, settings)
        finally:
            server.should_exit = True
            thread.join(LIMIT_S)


def given_cookie(address: str, centre: Centre, context: ssl.SSLContext | None = None, **headers: str) -> SimpleCookie:
    """The cookie that the link of a desk is answered with."""
    handlers = [Stays, *([urllib.request.HTTPSHandler(context=context)] if context is not None else [])]
    asked = urllib.request.Request(f"{address}/agent?key={centre.link()}", headers=headers)
    with pytest.raises(HTTPError) as led_on:
        urllib.request.build_opener(*handlers).open(asked, timeout=LIMIT_S)
    with led_on.value:
        return SimpleCookie(led_on.value.headers["set-cookie"])


def test_over_tls(centre: Centre) -> None:
    settings = ServerSettings(tls_cert=CERT, tls_key=KEY)
    check_network(settings)
    centre.page()
    with serving(centre, settings) as address:
        assert address.startswith("https://")
        (cookie,) = given_cookie(address, centre, ssl.create_default_context(cafile=CERT)).values()
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "lax")


@pytest.mark.parametrize(("proxies", "is_believed"), [((), False), (("192.0.2.1",), False), (("127.0.0.1",), True)])
def test_forwarded_headers_count_from_named_proxies_alone(
    centre: Centre, proxies: tuple[str, ...], is_believed: bool
) -> None:
    centre.page()
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    with serving(centre, ServerSettings(proxies=proxies)) as address:
        (cookie,) = given_cookie(address, centre, **forwarded).values()
    assert bool(cookie["secure"]) is is_believed
    (row,) = [row for row in centre.audit.rows() if row.action == "link.use"]
    assert row.address == ("203.0.113.9" if is_believed else "127.0.0.1")


def test_a_program_of_ours_believes_who_is_named_and_nobody_else(centre: Centre) -> None:
    with serving(centre, ServerSettings(tls_cert=CERT, tls_key=KEY)) as address:
        settings = ServerSettings(port=urlsplit(address).port or 0, tls_cert=CERT, tls_key=KEY)
        assert health(settings, trust(Path(CERT))) == "ok"
        with pytest.raises(NotTrusted, match="self-signed certificate"):
            health(settings, trust(None))
        other = replace(settings, public_url="https://coach.example.com")  # that of the certificate is tried as well
        assert health(other, trust(Path(CERT))) == "ok"
        assert health(replace(settings, tls_cert="", tls_key=""), trust(None)) is None  # asked without TLS
    with pytest.raises(SettingsError, match="no certificates can be read"):
        trust(Path(KEY))
    assert health(replace(settings, port=1), trust(None)) is None


def test_the_address_that_people_open_is_one_of_our_names() -> None:
    settings = ServerSettings(public_url="https://coach.example.com:8443", hosts=("coach",))
    assert settings.address == "https://coach.example.com:8443"
    assert settings.local_address == "http://127.0.0.1:8000"
    assert settings.names == ("coach.example.com", "coach")
    for wrong in ("coach.example.com", "ftp://coach.example.com", "https://coach.example.com/coach", "https://[", "x"):
        with pytest.raises(ValueError, match="must be like https"):
            ServerSettings(public_url=wrong)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.1.2.3"])
def test_this_machine_needs_no_tls(host: str) -> None:
    check_network(ServerSettings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "coach.example.com"])
def test_other_machines_are_not_let_in_by_chance(host: str) -> None:
    with pytest.raises(SettingsError, match=r"microphone, mini window and notifications"):
        check_network(ServerSettings(host=host))
    check_network(ServerSettings(host=host, proxies=("192.0.2.1",)))
    check_network(ServerSettings(host=host, insecure_network=True))


def test_half_of_tls_is_none() -> None:
    for given in ({"tls_cert": CERT}, {"tls_key": KEY}):
        with pytest.raises(SettingsError, match="belong together"):
            check_network(ServerSettings(**given))
    with pytest.raises(SettingsError, match=r"cannot be used for TLS"):
        check_network(ServerSettings(tls_cert=KEY, tls_key=CERT))
