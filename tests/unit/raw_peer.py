# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server on loopback that keeps the bytes of each request and answers with scripted bytes, or breaks off."""

from __future__ import annotations

import dataclasses
import socket
import threading
import typing as t

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\n{}"
THROTTLED = b"HTTP/1.1 429 Slow\r\nContent-Length: 2\r\n\r\n{}"
DENIED = b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\n{}"
CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{"
ELSEWHERE = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x?secret=hidden\r\nContent-Length: 0\r\n\r\n"
LOST = b""
HALF = CUT + b"half a key"


def _read_request(stream: t.BinaryIO) -> bytes:
    head, length = b"", 0
    for line in iter(stream.readline, b""):
        head += line
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
        if line == b"\r\n":
            break
    return head + stream.read(length)


@dataclasses.dataclass
class Peer:
    """A server that answers each request with the next scripted bytes, then closes or keeps the connection."""

    script: list[bytes]
    requests: list[bytes] = dataclasses.field(default_factory=list)
    connections: int = 0
    port: int = 0

    def start(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while True:
                try:
                    data = _read_request(stream)
                except ConnectionResetError:
                    return
                if not data:
                    return
                self.requests.append(data)
                answer = self.script.pop(0) if self.script else OK
                connection.sendall(answer)
                if answer in (LOST, CUT, HALF):
                    return

    def stop(self) -> None:
        self._socket.close()
