# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A relay before a TLS server that spoils chosen connections."""

from __future__ import annotations

import collections.abc as c
import contextlib
import socket
import struct
import threading
import types

HARMS = ("closed", "reset", "silent", "garbage", "plain http", "cut", "alert", "endless")
"""What a client gets instead of a handshake; `cut` is its beginning."""
_ANSWERS = {
    "garbage": bytes(range(256)) * 4,
    "plain http": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "alert": b"\x15\x03\x03\x00\x02\x02\x50",  # fatal, internal_error
}
_CUT = 100
"""Bytes of the server's that come through: not even its certificate."""
_LONGEST = 5.0


class Relay:
    """Counts connections from 0; those in `harmed` get the harm, the others the server."""

    def __init__(self, server: tuple[str, int], *, harm: str) -> None:
        self._server = server
        self._harm = harm
        self._harmed: range = range(0)
        self.taken = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def place(self) -> str:
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def begin_again(self, harmed: range) -> None:
        self.taken, self._harmed = 0, harmed

    def __enter__(self) -> Relay:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(_LONGEST)

    def _start(self, work: c.Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                client, _address = self._socket.accept()
            except OSError:
                return
            number, self.taken = self.taken, self.taken + 1
            self._start(self._serve, client, number in self._harmed)

    def _serve(self, client: socket.socket, harmed: bool) -> None:
        with client, contextlib.suppress(OSError):
            client.settimeout(_LONGEST)
            if not harmed or self._harm == "cut":
                self._pass_on(client, _CUT if harmed else None)
            elif self._harm == "reset":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif self._harm == "silent":
                client.recv(65536)
                client.recv(65536)  # until the client goes away
            elif self._harm == "endless":
                while not self._over.is_set():
                    client.sendall(b"\x16\x03\x03\x40\x00" + b"x" * 16384)
            elif self._harm != "closed":
                client.recv(65536)
                client.sendall(_ANSWERS[self._harm])

    def _pass_on(self, client: socket.socket, most: int | None) -> None:
        with socket.create_connection(self._server, timeout=_LONGEST) as server:
            self._start(_copy, client, server)
            while most is None or most > 0:
                data = server.recv(65536 if most is None else most)
                if not data:
                    return
                client.sendall(data)
                most = None if most is None else most - len(data)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
