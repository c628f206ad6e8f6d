# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server on loopback that hands out keys, such as the metadata of an instance: fixed answers, all requests kept."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
import typing as t
from http.server import BaseHTTPRequestHandler, HTTPServer


@dataclasses.dataclass(frozen=True)
class Asked:
    """A request. The names of headers in lower case."""

    method: str
    path: str
    headers: t.Mapping[str, str]
    body: bytes


@dataclasses.dataclass
class KeyPeer:
    """Answers by method and path: a status and a body, a text or what becomes JSON."""

    url: str = ""
    answers: dict[tuple[str, str], tuple[int, t.Any]] = dataclasses.field(default_factory=dict)
    asked: list[Asked] = dataclasses.field(default_factory=list)

    @property
    def paths(self) -> list[tuple[str, str]]:
        return [(one.method, one.path) for one in self.asked]


@contextlib.contextmanager
def key_peer() -> t.Iterator[KeyPeer]:
    """A server that runs as long as the context."""
    peer = KeyPeer()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            peer.asked.append(Asked(self.command, self.path, headers, self.rfile.read(length)))
            status, body = peer.answers.get((self.command, self.path), (404, "no such thing"))
            content = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def __getattr__(self, name: str) -> t.Any:
            if name.startswith("do_"):
                return self._answer
            raise AttributeError(name)

        def log_message(self, format: str, *args: t.Any) -> None:
            """The requests are kept, not printed."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    peer.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield peer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
