"""Where the centre is: https://HOST[:PORT], or http:// on this machine alone."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipeline.documents import shown
from pipeline.errors import SettingsError


@dataclass(frozen=True, slots=True)
class CentreAddress:
    host: str
    port: int
    has_tls: bool

    @classmethod
    def of(cls, url: str) -> CentreAddress:
        """Raises SettingsError for what is no address, and for one that would be spoken with in the clear."""
        wanted = (
            f"{shown(url)} is no address of a centre; it must be like https://coach.example.com:8000, without a path"
        )
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError:
            raise SettingsError(wanted) from None
        host = parts.hostname or ""
        is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username or parts.password)
        if parts.scheme not in ("http", "https") or not host or not is_bare:
            raise SettingsError(wanted)
        has_tls = parts.scheme == "https"
        if not has_tls and not _is_this_machine(host):
            raise SettingsError(
                f"{shown(url)} has no TLS: passwords and words of calls would go over the network as they are;"
                " the address of a centre on another machine begins with https://"
            )
        return cls(host, port or (443 if has_tls else 80), has_tls)

    @property
    def url(self) -> str:
        return f"{'https' if self.has_tls else 'http'}://{self.place}"

    @property
    def socket_url(self) -> str:
        """Of the websocket that desks speak over."""
        return f"{'wss' if self.has_tls else 'ws'}://{self.place}/ws/desk"

    @property
    def place(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.has_tls else 80) else f"{host}:{self.port}"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
