# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The TLS edge: what a client of a bound host name really gets, so that "is it served" is a real handshake.

One listener serves all host names, told apart by SNI. A name nobody bound a certificate to, and a client that names
none, get the alert ``unrecognized_name``: a default certificate would look like an answer. Where an RSA and an ECC
certificate stand side by side, OpenSSL chooses by what the client can verify, as the real gateway's proxy does.
"""

import contextlib
import socket
import ssl
import tempfile
import threading
from pathlib import Path
from typing import Protocol, runtime_checkable

from .world import Binding, World

MAX_CLIENTS = 32
CLIENT_SECONDS = 5.0
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"
_MAX_REQUEST = 64 * 1024


@runtime_checkable
class BindingSource(Protocol):
    """A cloud whose bindings take effect with time."""

    def refresh_bindings(self) -> None: ...


class Edge:
    """Listens until ``stop``. A client that says nothing occupies one of ``max_clients`` places for a few seconds."""

    def __init__(self, world: World, *, max_clients: int = MAX_CLIENTS, client_seconds: float = CLIENT_SECONDS) -> None:
        self._world = world
        self._client_seconds = client_seconds
        self._places = threading.BoundedSemaphore(max_clients)
        self._contexts: dict[tuple[Binding, ...], ssl.SSLContext] = {}
        self._contexts_lock = threading.Lock()
        self._front = _server_context()
        # ssl names no type for the value that it wants back: None, or an alert's number.
        self._front.sni_callback = self._choose
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.host, self.port = self._listener.getsockname()[:2]
        threading.Thread(target=self._accept, name="edge", daemon=True).start()

    def stop(self) -> None:
        # Closing alone does not wake a thread that is waiting in accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _unused = self._listener.accept()
            except OSError:
                return
            self._places.acquire()
            threading.Thread(target=self._serve, args=(client,), name="edge-client", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        # Whatever a client does wrong ends its connection and nothing else.
        try:
            with contextlib.suppress(OSError), client:
                client.settimeout(self._client_seconds)
                with self._front.wrap_socket(client, server_side=True) as connection:
                    _answer(connection)
        finally:
            self._places.release()

    def _choose(
        self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _unused: ssl.SSLContext
    ) -> int | None:
        bindings = self._bindings(name.lower()) if name else []
        if not bindings:
            return ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = self._context(tuple(bindings))
        return None

    def _bindings(self, name: str) -> list[Binding]:
        """Those of the very name, else those of the wildcard over it, of every algorithm."""
        with self._world.lock:
            for cloud in self._world.clouds:
                if isinstance(cloud, BindingSource):
                    cloud.refresh_bindings()
            wildcard = "*." + name.partition(".")[2]
            return list(self._world.bindings.get(name) or self._world.bindings.get(wildcard) or [])

    def _context(self, bindings: tuple[Binding, ...]) -> ssl.SSLContext:
        with self._contexts_lock:
            if bindings not in self._contexts:
                self._contexts[bindings] = _loaded_context(bindings)
            return self._contexts[bindings]


def start_edge(world: World) -> Edge:
    return Edge(world)


def _server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _loaded_context(bindings: tuple[Binding, ...]) -> ssl.SSLContext:
    """A context holds one certificate of each algorithm; Python's ssl takes them from files only."""
    context = _server_context()
    with tempfile.TemporaryDirectory(prefix="emulator-edge-") as folder:
        for binding in bindings:
            path = Path(folder, f"{binding.algorithm}.pem")
            path.touch(mode=0o600)
            path.write_text(binding.key_pem + binding.chain_pem)
            context.load_cert_chain(path)
    return context


def _answer(connection: ssl.SSLSocket) -> None:
    """Reads one request, answers it, and ends TLS properly; a client that only wanted the handshake just leaves."""
    received = b""
    while b"\r\n\r\n" not in received and len(received) < _MAX_REQUEST:
        part = connection.recv(4096)
        if not part:
            return
        received += part
    connection.sendall(_ANSWER)
    connection.unwrap()
