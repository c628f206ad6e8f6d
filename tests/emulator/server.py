# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP front: one port for all clouds and the control path; writes the call log and spoils answers on demand.

The frame around ``http.server`` is our own because a fault has to reach the socket, and because head and body must
leave in one write: two writes on a kept connection cost a delayed acknowledgement (40 ms) a call.
"""

import json
import socket
import struct
import threading
import time
import traceback
from collections import deque
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from werkzeug.datastructures import Headers

from . import control
from .faults import Fault
from .log import Entry, redact, timestamp
from .world import Answer, Cloud, Operation, Request, Response, Summarizing, Throttling, World

_MAX_BODY = 64 * 1024 * 1024
_LINGER_OFF = struct.pack("ii", 1, 0)


class EmulatorServer(ThreadingHTTPServer):
    """Listens on loopback. ``start`` serves in a thread, ``stop`` ends it."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, world: World, port: int = 0) -> None:
        self.world = world
        self._recent: dict[str, deque[float]] = {}
        self._recent_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what faults are for, not news."""

    def over_rate(self, cloud: str, operation: str) -> bool:
        """Whether this call exceeds the calls a second that the control path allowed for the cloud's operation."""
        rate = self.world.rates.get(cloud)
        if rate is None:
            return False
        now = time.monotonic()
        with self._recent_lock:
            recent = self._recent.setdefault(f"{cloud}/{operation}", deque())
            while recent and recent[0] <= now - 1:
                recent.popleft()
            if len(recent) >= rate:
                return True
            recent.append(now)
        return False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120
    server: EmulatorServer

    def __getattr__(self, name: str) -> Any:
        """``http.server`` looks for a ``do_`` method of each HTTP method; here all go one way."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        request = self._read()
        if request is None:
            return
        if request.path.startswith("/_control/"):
            self._send(control.answer(self.server.world, request))
            return
        cloud = next((cloud for cloud in self.server.world.clouds if cloud.handles(request)), None)
        if cloud is None:
            self._send(Response(404, {"error": "no emulated cloud knows this request by its headers or path"}))
            return
        self._serve(cloud, request)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr: the call log is the record."""

    def _read(self) -> Request | None:
        target = self.requestline.split(" ")[1]
        if target.startswith("http://"):  # absolute form, when this port is used as a proxy
            target = "/" + target.split("/", 3)[3] if target.count("/") > 2 else "/"
        path, _unused, query = target.partition("?")
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdigit() or int(length) > _MAX_BODY:
            self.close_connection = True
            self._send(Response(411, {"error": "a Content-Length of at most 64 MiB is required"}))
            return None
        headers = Headers(list(self.headers.items()))
        return Request(self.command, path, query, headers, self.rfile.read(int(length)), headers.get("Host", ""))

    def _serve(self, cloud: Cloud, request: Request) -> None:
        operation = cloud.identify(request)
        fault = self.server.world.faults.strike(
            {
                "cloud": cloud.name,
                "service": operation.service,
                "operation": operation.name,
                "write": operation.write,
                "key_bearing": operation.key_bearing,
            }
        )
        if fault is None:
            limited = self.server.over_rate(cloud.name, operation.name)
            answer = (
                _unexecuted(cloud, request, operation, _throttled(cloud, operation, None))
                if limited
                else _handle(cloud, request)
            )
            self._record(cloud, answer, executed=not limited)
            self._send(answer.response)
            return
        # What takes effect does so at once, and is logged: a client that does not wait for the answer is to find it.
        answer = _handle(cloud, request) if fault.commit else _unexecuted(cloud, request, operation, Response(0))
        spoilt = _spoil(fault, cloud, operation, answer.response)
        if spoilt is not None:
            answer.response = spoilt
            answer.code = _error_code(spoilt) or answer.code
        self._record(cloud, answer, executed=fault.commit, fault=fault, answered=spoilt is not None)
        if fault.delay:
            time.sleep(fault.delay)
        if spoilt is None:
            self._drop(reset=fault.kind == "reset")
        else:
            self._send(spoilt, cut=fault.kind == "truncated")

    def _record(
        self, cloud: Cloud, answer: Answer, *, executed: bool, fault: Fault | None = None, answered: bool = True
    ) -> None:
        world = self.server.world
        world.log.append(
            Entry(
                seq=0,
                time=timestamp(world.now()),
                cloud=cloud.name,
                service=answer.service,
                operation=answer.operation,
                write=answer.write,
                key_bearing=answer.key_bearing,
                status=answer.response.status if answered else None,
                code=answer.code,
                request=answer.summary,
                request_id=answer.request_id,
                fault=fault.kind if fault else None,
                executed=executed,
            )
        )

    def _send(self, response: Response, *, cut: bool = False) -> None:
        body = _body_bytes(response)
        headers = {
            "Content-Type": "application/json" if isinstance(response.body, dict) else "application/octet-stream",
            # As every server does; clients tell a wrong clock of theirs by it.
            "Date": format_datetime(self.server.world.clock.signature_now(), usegmt=True),
            **response.headers,
            "Content-Length": str(len(body)),
            "Connection": "close" if cut or self.close_connection else "keep-alive",
        }
        try:
            phrase = HTTPStatus(response.status).phrase
        except ValueError:
            phrase = "Unknown"
        head = (
            f"HTTP/1.1 {response.status} {phrase}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
        )
        sent = b"" if self.command == "HEAD" else body[: len(body) // 2] if cut else body
        self.connection.sendall(head.encode("latin-1") + sent)
        self.close_connection = self.close_connection or cut

    def _drop(self, *, reset: bool) -> None:
        """Close without an answer: orderly, or with a TCP reset."""
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
            # The reset leaves on close; shutdown() by the server class before it would send an orderly end first.
            self.rfile.close()
            self.wfile.close()
            self.connection.close()
        self.close_connection = True


def _handle(cloud: Cloud, request: Request) -> Answer:
    """A defect of the emulator must not look like a fault of the network."""
    try:
        return cloud.handle(request)
    except Exception:
        traceback.print_exc()
        response = Response(500, {"error": "a defect of the emulator; its error output has the traceback"})
        return _unexecuted(cloud, request, cloud.identify(request), response)


def _spoil(fault: Fault, cloud: Cloud, operation: Operation, response: Response) -> Response | None:
    """The answer that the fault leaves over; None for none at all."""
    if fault.kind in ("lost_answer", "lost_request", "reset"):
        return None
    if fault.kind in ("throttle", "error"):
        return _throttled(cloud, operation, fault.code)
    if fault.kind in ("http_500", "http_503"):
        status = int(fault.kind.removeprefix("http_"))
        return Response(status, b"<html><body>upstream failure</body></html>", {"Content-Type": "text/html"})
    if fault.kind == "redirect":
        return Response(302, b"", {"Location": "http://127.0.0.1:9/elsewhere"})
    if fault.kind == "garbage":
        return Response(200, b"\x00\xff<not json" * 40, {"Content-Type": "application/json"})
    if fault.kind == "wrong_types":
        return Response(response.status, _wrong_types(response.body), response.headers)
    if fault.kind == "huge":
        return Response(
            200, b'{"Response": {"Padding": "' + b"x" * fault.size + b'"}}', {"Content-Type": "application/json"}
        )
    return response


def _wrong_types(body: bytes | dict[str, Any] | None) -> dict[str, Any]:
    if not isinstance(body, dict):
        return {"unexpected": 1}
    return {name: _wrong_type(value) for name, value in body.items()}


def _wrong_type(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _wrong_type(item) for name, item in value.items()}
    if isinstance(value, list):
        return "a text"
    if isinstance(value, str):
        return [len(value)]
    return {"value": value}


def _throttled(cloud: Cloud, operation: Operation, code: str | None) -> Response:
    refusing: object = cloud
    if isinstance(refusing, Throttling):
        return refusing.throttled(operation, code)
    return Response(429, {"error": "too many requests"})


def _unexecuted(cloud: Cloud, request: Request, operation: Operation, response: Response) -> Answer:
    """What goes to the log of a call that never reached its cloud."""
    summary = _summary(cloud, request)
    code = _error_code(response)
    return Answer(response, operation.service, operation.name, operation.write, operation.key_bearing, code, summary)


def _summary(cloud: Cloud, request: Request) -> dict[str, Any]:
    asked: object = cloud
    if isinstance(asked, Summarizing):
        return asked.summary(request)
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        body = {}
    return redact(body) if isinstance(body, dict) else {}


def _error_code(response: Response) -> str | None:
    """The vendor's code in an error body of any of the emulated clouds."""
    if not isinstance(response.body, dict):
        return None
    inner = response.body.get("Response")
    error = inner.get("Error") if isinstance(inner, dict) else None
    if isinstance(error, dict):
        code = error.get("Code")
    else:
        code = next((response.body[name] for name in ("error_code", "Code", "code") if name in response.body), None)
    return code if isinstance(code, str) else None


def _body_bytes(response: Response) -> bytes:
    if isinstance(response.body, dict):
        return json.dumps(response.body, ensure_ascii=False).encode()
    return response.body or b""
