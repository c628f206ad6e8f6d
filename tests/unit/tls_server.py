# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers on loopback that a test shakes hands with: a TLS server by SNI, and an HTTP proxy."""

from __future__ import annotations

import contextlib
import pathlib
import socket
import ssl
import threading
import typing as t

from ansible_collections.cncloud.certificates.tests.unit.authority import Issued

Handler = t.Callable[[socket.socket], None]
TIMEOUT = 10.0


@contextlib.contextmanager
def listening(handler: Handler) -> t.Iterator[int]:
    """A server that calls the handler for each connection; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                with contextlib.suppress(OSError):
                    connection, _address = server.accept()
                    connection.settimeout(TIMEOUT)
                    with connection, contextlib.suppress(OSError):
                        handler(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            with contextlib.suppress(OSError):
                socket.create_connection(server.getsockname(), timeout=1).close()
            thread.join(TIMEOUT)


class Edge:
    """A TLS server with certificates by name; a name without one gets the alert unrecognized_name.

    `names` lists the SNI name of each handshake.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self.names: list[str | None] = []
        self._folder = folder
        self._contexts: dict[str, ssl.SSLContext] = {}

    def bind(self, name: str, *issued: Issued, newest: ssl.TLSVersion | None = None) -> None:
        """From now on serve these certificates, at most one of each kind of key."""
        settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if newest is not None:
            settings.maximum_version = newest
        for number, one in enumerate(issued):
            path = self._folder / f"{name}-{number}.pem"
            path.write_text(one.key_pem + one.fullchain_pem)
            settings.load_cert_chain(path)
        self._contexts[name] = settings

    def __call__(self, connection: socket.socket) -> None:
        base = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        base.sni_callback = self._choose
        with base.wrap_socket(connection, server_side=True) as secured:
            # Until the client has closed: it may still be reading what TLS 1.3 sends after the handshake.
            secured.recv(1)

    def _choose(self, secured: ssl.SSLObject | ssl.SSLSocket, name: str | None, _base: ssl.SSLContext) -> int | None:
        self.names.append(name)
        chosen = self._contexts.get(name or "")
        if chosen is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        secured.context = chosen
        return None


class Proxy:
    """An HTTP proxy for one place; `requests` lists the heads that it received."""

    def __init__(self, port: int, *, status: str = "200 OK") -> None:
        self.requests: list[str] = []
        self._port = port
        self._status = status

    def __call__(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            received = connection.recv(1)
            if not received:
                return
            head += received
        self.requests.append(head.decode())
        connection.sendall(f"HTTP/1.1 {self._status}\r\nVia: test\r\n\r\n".encode())
        if not self._status.startswith("200"):
            return
        with socket.create_connection(("127.0.0.1", self._port), timeout=TIMEOUT) as upstream:
            back = threading.Thread(target=_copy, args=(upstream, connection), daemon=True)
            back.start()
            _copy(connection, upstream)
            back.join(TIMEOUT)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
