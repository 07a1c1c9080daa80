"""A proxy of the tests' own on a port of this machine: passes bytes on both ways until it is told to swallow them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class Proxy:
    """`swallow` keeps the connections open and passes nothing more on them; `silence` so for all who come, too; `cut`
    ends them and lets nobody in."""

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        """`connect`: to the server, for each who comes."""
        self._connect = connect
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket, threading.Event]] = []
        self._is_silent = self._is_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self) -> None:
        """Those who come from now on are passed on."""
        for *_, swallowed in self._pairs:
            swallowed.set()

    def silence(self) -> None:
        """Those who come from now on are let in; nothing is passed on for them either until `mend`."""
        self._is_silent = True
        self.swallow()

    def cut(self) -> None:
        self._is_cut = True
        self._end()

    def mend(self) -> None:
        """For those who come from now on."""
        self._is_silent = self._is_cut = False

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._end()

    def _end(self) -> None:
        while self._pairs:  # others may come meanwhile
            for one in self._pairs.pop()[:2]:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if self._is_cut:
                    client.close()
                    continue
                try:
                    server = self._connect()
                except OSError:  # it is not there just now
                    client.close()
                    continue
                pair = client, server, threading.Event()
                if self._is_silent:
                    pair[2].set()
                self._pairs.append(pair)
                if self._is_cut:  # just now
                    self._end()
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(source, target, pair[2]), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, swallowed: threading.Event) -> None:
        """Who is killed resets its connections: that they have ended is passed on all the same."""
        with suppress(OSError):
            self._pass_bytes(source, target, swallowed)
        if not swallowed.is_set():
            with suppress(OSError):
                target.shutdown(socket.SHUT_WR)

    def _pass_bytes(self, source: socket.socket, target: socket.socket, swallowed: threading.Event) -> None:
        while data := source.recv(65_536):
            if not swallowed.is_set():
                target.sendall(data)
