# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server on loopback that keeps the bytes of each request, and a client that prepares requests without sending."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass
from typing import Any

import requests


@dataclass(frozen=True)
class RawRequest:
    """A request as it came over the wire, cut up but not decoded. Header names are in lower case."""

    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The one value of a header; a test fails if it was sent never or twice."""
        (value,) = [value for key, value in self.headers if key == name.encode()]
        return value.decode("latin-1")

    @property
    def path(self) -> bytes:
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> bytes:
        return self.target.partition(b"?")[2]


def prepare(
    method: str, url: str, auth: requests.auth.AuthBase, *, headers: dict[str, str] | None = None, body: object = None
) -> requests.PreparedRequest:
    """Prepare a request as a session does, signature included."""
    data: Any = body
    return requests.Request(method, url, headers=headers or {}, data=data, auth=auth).prepare()


def as_sent(request: requests.PreparedRequest) -> RawRequest:
    """What a prepared request says, in the form of one that arrived, for tests that need no socket."""
    body = request.body.encode("utf-8") if isinstance(request.body, str) else request.body or b""
    headers = tuple((name.lower().encode(), value.encode("latin-1")) for name, value in request.headers.items())
    return RawRequest((request.method or "").encode(), request.path_url.encode(), headers, body)


class RawServer:
    """Answers 204 to one request a connection and keeps what it read."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._received: list[RawRequest] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread, which close() alone does not
        self._listener.close()
        self._thread.join(timeout=5)

    def exchange(self, request: requests.PreparedRequest) -> RawRequest:
        """Send a prepared request and return what arrived."""
        with requests.Session() as session:
            session.trust_env = False
            assert session.send(request, timeout=5).status_code == 204
        return self._received.pop()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                method, target, _version = stream.readline().split(b" ")
                headers = []
                while line := stream.readline().rstrip(b"\r\n"):
                    name, _colon, value = line.partition(b":")
                    headers.append((name.lower(), value.strip()))
                body = stream.read(int(dict(headers).get(b"content-length", b"0")))
                self._received.append(RawRequest(method, target, tuple(headers), body))
                connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
